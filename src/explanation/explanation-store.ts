import { z } from "zod";
import type { Executor, Statement } from "../adapters/database.ts";
import { waitingCaseSchema } from "../operations/waiting-schema.ts";
import { quarantinedSchema } from "../operations/quarantine-schema.ts";
import type { Identifier } from "../person/person.ts";
import { crnSchema, nomsNumberSchema } from "../person/person.ts";
import { storedMessageSchema, type MessagePlace, type StoredExplanation } from "./explanation.ts";
import { storedPomSchema, storedResponsibilitySchema, toldComSchema, toldCustodySchema } from "./explanation-schema.ts";

const officer = `json_build_object('code', staff.officer_code, 'forename', staff.forename, 'surname', staff.surname)`;
const post = `
          'officer', ${officer},
          'team', json_build_object('code', team.code, 'description', team.description),
          'provider', json_build_object('code', provider.code, 'description', provider.description)`;

// What named the case's prison number, now or before Delius knew of it, and what was about the case whatever it named.
const journalOfCase = `
          select journal_id, inbox_key from mpc_delius.journal where noms_number = offender.noms_number::text
          union
          select journal_id, inbox_key from mpc_delius.journal
          where offender_id = offender.offender_id and not dry_run`;

const explained: Statement<StoredExplanation> = {
  name: "list-stored-explanations",
  text: `
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now, crn, noms_number as "nomsNumber",
      coalesce((
        select json_agg(json_strip_nulls(json_build_object(${post},
          'start', pom.allocation_date, 'end', pom.end_date, 'email', pom.email_address,
          'reason', json_build_object('code', reason.code_value, 'description', reason.code_description)
        )) order by pom.allocation_date desc, pom.prison_offender_manager_id desc)
        from prison_offender_manager pom
        join r_standard_reference_list reason on reason.standard_reference_list_id = pom.allocation_reason_id
        join staff on staff.staff_id = pom.allocation_staff_id
        join team on team.team_id = pom.allocation_team_id
        join probation_area provider on provider.probation_area_id = pom.probation_area_id
        where pom.offender_id = offender.offender_id and pom.soft_deleted = 0
      ), '[]') as poms,
      (
        select json_build_object(${post})
        from offender_manager com
        join staff on staff.staff_id = com.allocation_staff_id
        join team on team.team_id = com.team_id
        join probation_area provider on provider.probation_area_id = com.probation_area_id
        where com.offender_id = offender.offender_id and com.active_flag = 1 and com.soft_deleted = 0
        order by com.offender_manager_id desc
        limit 1
      ) as com,
      coalesce((
        select json_agg(json_strip_nulls(json_build_object(
          'office', case when pom.prison_offender_manager_id is null then 'COM' else 'POM' end,
          'officer', ${officer}, 'start', responsible.start_date, 'end', responsible.end_date
        )) order by responsible.start_date desc, responsible.responsible_officer_id desc)
        from responsible_officer responsible
        left join prison_offender_manager pom using (prison_offender_manager_id)
        left join offender_manager com on com.offender_manager_id = responsible.offender_manager_id
        join staff on staff.staff_id = coalesce(pom.allocation_staff_id, com.allocation_staff_id)
        where responsible.offender_id = offender.offender_id
      ), '[]') as "responsibleOfficers",
      coalesce((
        select json_agg(json_build_object('custodyId', custody.custody_id, 'keyDates', coalesce((
          select json_agg(json_build_object('type', date_type.code_value, 'date', key_date.key_date)
            order by date_type.code_value, key_date.created_datetime, key_date.key_date_id)
          from key_date
          join r_standard_reference_list date_type on date_type.standard_reference_list_id = key_date.key_date_type_id
          join r_reference_data_master code_set using (reference_data_master_id)
          where key_date.custody_id = custody.custody_id and key_date.soft_deleted = 0
            and code_set.code_set_name = 'THROUGHCARE DATE TYPE' and date_type.code_value in ('POM1', 'POM2')
        ), '[]')) order by custody.custody_id)
        from event
        join disposal on disposal.event_id = event.event_id and disposal.active_flag = 1 and disposal.soft_deleted = 0
        join custody on custody.disposal_id = disposal.disposal_id and custody.soft_deleted = 0
        where event.offender_id = offender.offender_id and event.active_flag = 1 and event.soft_deleted = 0
      ), '[]') as custodies,
      coalesce((
        select json_agg(json_build_object('nomsNumber', noms_number, 'fact', fact, 'outcome', outcome,
          'waitsFor', waits_for, 'inboxKey', inbox_key, 'since', since) order by fact desc)
        from mpc_delius.waiting where waiting.noms_number = offender.noms_number::text
      ), '[]') as waiting,
      coalesce((
        select json_agg(json_strip_nulls(json_build_object('inboxKey', inbox_key, 'fact', fact,
          'eventType', event_type, 'nomsNumber', noms_number, 'reason', reason, 'error', error,
          'firstSeen', first_seen, 'lastSeen', last_seen, 'state', state, 'since', changed_at, 'replays', replays,
          'sentAt', sent_at)) order by quarantine_id desc)
        from (
          select quarantine.*
          from (
            select quarantine_id from mpc_delius.quarantine
            where state in ('held', 'replaying') and noms_number = offender.noms_number::text
            union
            select quarantine_id from (${journalOfCase}) found
            join mpc_delius.quarantine aside on aside.inbox_key = regexp_replace(found.inbox_key, '#[0-9]$', '')
          ) wanted
          join mpc_delius.quarantine using (quarantine_id)
          order by quarantine_id desc
          limit 100
        ) aside
      ), '[]') as quarantined,
      coalesce((
        select json_agg(page.message order by page.decided_at desc, page.journal_id desc)
        from (
          select newest.decided_at, newest.journal_id, json_build_object(
            'place', json_build_array((extract(epoch from newest.decided_at) * 1000)::bigint, newest.journal_id),
            'head', json_strip_nulls(json_build_object('inboxKey', newest.inbox_key, 'eventType', newest.event_type,
              'nomsNumber', newest.noms_number, 'crn', newest.crn, 'occurredAt', newest.occurred_at,
              'receivedAt', newest.received_at, 'decidedAt', newest.decided_at, 'dryRun', newest.dry_run,
              'deliveries', (select deliveries from mpc_delius.inbox where inbox.inbox_key = newest.inbox_key))),
            'decisions', (
              select json_agg(json_build_object('fact', each.fact, 'outcome', each.outcome,
                'outcomeClass', each.outcome_class, 'answer', each.answer, 'reasons', each.reasons,
                'changes', each.changes) order by each.journal_id)
              from mpc_delius.journal each where each.inbox_key = newest.inbox_key),
            'attempts', coalesce((
              select json_agg(json_build_object('failedAt', failed_at, 'receives', receives,
                'dependency', dependency, 'errorClass', error_class) order by attempt_id)
              from (
                select * from mpc_delius.attempt where attempt.inbox_key = newest.inbox_key
                order by attempt_id desc limit 20
              ) failed), '[]')) as message
          from (${journalOfCase}) found
          join mpc_delius.journal newest using (journal_id)
          where (newest.decided_at, newest.journal_id)
              < (coalesce(to_timestamp($3::bigint / 1000.0), 'infinity'), $4::bigint)
            and not exists (
              select from mpc_delius.journal later
              where later.inbox_key = newest.inbox_key and later.journal_id > newest.journal_id)
          order by newest.decided_at desc, newest.journal_id desc
          limit $5
        ) page
      ), '[]') as messages
    from offender
    where (crn = $1::bpchar or noms_number = $2::bpchar) and soft_deleted = 0
    order by offender_id
    limit 2`,
  row: z.object({
    now: z.int(),
    crn: crnSchema,
    nomsNumber: nomsNumberSchema.nullable().catch(null),
    poms: z.array(storedPomSchema),
    com: toldComSchema.nullable(),
    responsibleOfficers: z.array(storedResponsibilitySchema),
    custodies: z.array(toldCustodySchema),
    waiting: z.array(waitingCaseSchema),
    quarantined: z.array(quarantinedSchema),
    messages: z.array(storedMessageSchema),
  }),
};

/** Which messages of a case are wanted. */
export interface MessagePageRequest {
  /** Only what stands behind this place; null begins with the newest. */
  readonly before: MessagePlace | null;
  readonly most: number;
}

/**
 * The undeleted cases that an identifier names, two at most, each with everything that explains it, as of one moment. One
 * statement.
 */
export function listStoredExplanations(
  executor: Executor,
  identifier: Identifier,
  { before, most }: MessagePageRequest,
): Promise<readonly StoredExplanation[]> {
  const [at, id] = before ?? [null, Number.MAX_SAFE_INTEGER];
  const crn = "crn" in identifier ? identifier.crn : null;
  const nomsNumber = "nomsNumber" in identifier ? identifier.nomsNumber : null;
  return executor.list(explained, [crn, nomsNumber, at, id, most]);
}
