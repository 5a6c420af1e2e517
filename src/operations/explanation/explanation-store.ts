import { z } from "zod";
import { custodialSentences, handoverDates } from "../../delius/person/sentence-store.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { readNomsNumber, type Crn, type Identifier, type NomsNumber } from "../../delius/person/person.ts";
import { deliusDateSchema, deliusIsoTimeSchema, type Instant } from "../../platform/time/london-time.ts";
import type { MessagePageRequest, StoredCase } from "./explanation.ts";
import {
  storedComSchema,
  storedPomSchema,
  storedResponsibilitySchema,
  explainedComSchema,
  explainedCustodySchema,
} from "./explanation-schema.ts";
import { placeOf, messagesAbout, messagesRow } from "./listed-messages-store.ts";

// An outside employee has neither officer nor team in Delius.
const officer = `case when staff.staff_id is not null
            then json_build_object('code', staff.officer_code, 'forename', staff.forename, 'surname', staff.surname) end`;
const post = `
          'officer', ${officer},
          'team', case when team.team_id is not null
            then json_build_object('code', team.code, 'description', team.description) end,
          'provider', json_build_object('code', provider.code, 'description', provider.description)`;

// Delius has a user for each hand: `created` or `last_updated`.
const handOf = (table: string, what: "created" | "last_updated") => `
          'hand', json_build_object('at', ${table}.${what}_datetime, 'user', (
            select distinguished_name from user_
            where user_id = ${table}.${what === "created" ? "created_by" : what}_user_id))`;

// What named the case's prison number, now or before Delius knew of it, and what was about the case whatever it named.
const journalOfCase = `
          select journal_id, inbox_key from mpc_delius.journal where noms_number = upper(offender.noms_number)
          union
          select journal_id, inbox_key from mpc_delius.journal
          where offender_id = offender.offender_id and not dry_run`;

// Several periods can begin in one second: the one that goes on follows those of no length. Keys only make the order whole.
const newestFirst = (row: string, start: string, key: string) =>
  `${row}.${start} desc, ${row}.end_date desc nulls first, ${row}.created_datetime desc, ${row}.${key} desc`;

const period = { start: deliusIsoTimeSchema, end: deliusIsoTimeSchema.optional() };
const hand = z.object({
  at: deliusIsoTimeSchema,
  user: z
    .string()
    .nullish()
    .transform((user) => user ?? null),
});
const keyDate = explainedCustodySchema.shape.keyDates.element.extend({ date: deliusDateSchema, hand });

const explained: Statement<
  StoredCase,
  [crn: Crn | null, nomsNumber: NomsNumber | null, at: Instant | null, id: number, most: number]
> = {
  name: "list-stored-explanations",
  text: `
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now, crn, noms_number as "nomsNumber",
      coalesce((
        select json_agg(json_strip_nulls(json_build_object(${post},
          'pomId', pom.prison_offender_manager_id, 'start', pom.allocation_date, 'end', pom.end_date, 'email', pom.email_address,
          'reason', json_build_object('code', reason.code_value, 'description', reason.code_description),
          ${handOf("pom", "created")}
        )) order by ${newestFirst("pom", "allocation_date", "prison_offender_manager_id")})
        from prison_offender_manager pom
        join r_standard_reference_list reason on reason.standard_reference_list_id = pom.allocation_reason_id
        join staff on staff.staff_id = pom.allocation_staff_id
        join team on team.team_id = pom.allocation_team_id
        join probation_area provider on provider.probation_area_id = pom.probation_area_id
        where pom.offender_id = offender.offender_id and pom.soft_deleted = 0
      ), '[]') as poms,
      (
        select json_strip_nulls(json_build_object(${post}))
        from offender_manager com
        left join staff on staff.staff_id = com.allocation_staff_id
        left join team on team.team_id = com.team_id
        join probation_area provider on provider.probation_area_id = com.probation_area_id
        where com.offender_id = offender.offender_id and com.active_flag = 1 and com.soft_deleted = 0
          and com.training_session_id is null
        order by com.allocation_date desc, com.offender_manager_id desc
        fetch first 1 rows only
      ) as com,
      coalesce((
        select json_agg(json_strip_nulls(json_build_object(${post},
          'offenderManagerId', com.offender_manager_id, 'start', com.allocation_date, 'end', com.ended))
          order by com.allocation_date desc, com.offender_manager_id desc)
        from (
          select offender_manager_id, allocation_date, allocation_staff_id, team_id, probation_area_id,
            case when active_flag = 0 then coalesce(
              lead(allocation_date) over (order by allocation_date, offender_manager_id), allocation_date) end as ended
          from offender_manager
          where offender_manager.offender_id = offender.offender_id and offender_manager.soft_deleted = 0
            and offender_manager.training_session_id is null
        ) com
        left join staff on staff.staff_id = com.allocation_staff_id
        left join team on team.team_id = com.team_id
        join probation_area provider on provider.probation_area_id = com.probation_area_id
      ), '[]') as coms,
      coalesce((
        select json_agg(json_strip_nulls(json_build_object(
          'office', case when pom.prison_offender_manager_id is null then 'COM' else 'POM' end,
          'officer', ${officer}, 'start', responsible.start_date, 'end', responsible.end_date,
          'responsibleOfficerId', responsible.responsible_officer_id, ${handOf("responsible", "created")}
        )) order by ${newestFirst("responsible", "start_date", "responsible_officer_id")})
        from responsible_officer responsible
        left join prison_offender_manager pom using (prison_offender_manager_id)
        left join offender_manager com on com.offender_manager_id = responsible.offender_manager_id
        left join staff on staff.staff_id = coalesce(pom.allocation_staff_id, com.allocation_staff_id)
        where responsible.offender_id = offender.offender_id
      ), '[]') as "responsibleOfficers",
      coalesce((
        select json_agg(json_build_object('custodyId', custody.custody_id, 'keyDates', coalesce((
          select json_agg(json_build_object('keyDateId', key_date.key_date_id, 'type', key_date.type, 'date', key_date.key_date,
              ${handOf("key_date", "last_updated")})
            order by key_date.type, key_date.created_datetime, key_date.key_date_id)
          from ${handoverDates("live")}
          where key_date.custody_id = custody.custody_id
        ), '[]')) order by custody.custody_id)
        from ${custodialSentences}
        where custody.offender_id = offender.offender_id
      ), '[]') as custodies,
      ${messagesAbout({ isNumber: "noms_number = upper(offender.noms_number)", journal: journalOfCase, behind: ["$3", "$4"], most: "$5" })}
    from offender
    where (upper(crn) = $1::text or upper(noms_number) = $2::text) and soft_deleted = 0 and training_session_id is null
    order by offender_id
    fetch first (case when $1::text is null then 2 else 1 end) rows only`,
  row: z.object({
    now: z.int(),
    crn: z.string(),
    nomsNumber: z
      .string()
      .nullable()
      .transform((text) => readNomsNumber(text ?? "")),
    poms: z.array(storedPomSchema.extend({ ...period, hand })),
    com: explainedComSchema.nullable(),
    coms: z.array(storedComSchema.extend(period)),
    responsibleOfficers: z.array(storedResponsibilitySchema.extend({ ...period, hand, responsibleOfficerId: z.int() })),
    custodies: z.array(explainedCustodySchema.extend({ keyDates: z.array(keyDate) })),
    ...messagesRow,
  }),
};

/**
 * The undeleted cases that an identifier names, two at most of a NOMS number and one of a CRN, each with everything that
 * explains it, as of one moment. One statement.
 */
export function listStoredCases(
  executor: Executor,
  identifier: Identifier,
  page: MessagePageRequest,
): Promise<readonly StoredCase[]> {
  const crn = "crn" in identifier ? identifier.crn : null;
  const nomsNumber = "nomsNumber" in identifier ? identifier.nomsNumber : null;
  return executor.list(explained, [crn, nomsNumber, ...placeOf(page)]);
}
