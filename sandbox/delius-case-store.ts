import { z } from "zod";
import { custodialSentences, handoverDates } from "../src/delius/person/sentence-store.ts";
import { writeDeliusTime, type Instant } from "../src/platform/time/london-time.ts";
import type { Executor, Statement } from "../src/platform/database/database.ts";
import { entrySchema } from "./step-text.ts";

const datesSchema = z.object({ start: z.iso.date().nullable(), handover: z.iso.date().nullable() });

const caseSchema = z.object({
  crn: z.string(),
  noms: z.string().nullable(),
  isDeleted: z.boolean(),
  /** The POM now and those to come. */
  poms: z.array(z.object({ name: z.string(), place: z.string(), isPlanned: z.boolean() })).readonly(),
  /** The responsible officer, and as what they are it. */
  responsible: z.object({ name: z.string(), role: z.enum(["POM", "COM"]) }).nullable(),
  /** Of each custodial sentence. */
  sentences: z.array(datesSchema).readonly(),
});

/** A case as Delius holds it now. */
export type DeliusCase = Readonly<z.infer<typeof caseSchema>>;

// Of several live dates of one type, the oldest.
const dateOf = (type: string) => `(select key_date.key_date from ${handoverDates("live")}
            where key_date.custody_id = custody.custody_id and key_date.type = '${type}'
            order by key_date.created_datetime, key_date.key_date_id
            fetch first 1 rows only)`;

const cases: Statement<DeliusCase, [noms: readonly string[], crns: readonly string[], now: string]> = {
  name: "list-sandbox-cases",
  text: `
    select rtrim(crn) as crn, rtrim(noms_number) as noms, soft_deleted = 1 as "isDeleted",
      (select coalesce(json_agg(json_build_object(
          'name', staff.forename || ' ' || staff.surname,
          'place', probation_area.description,
          'isPlanned', allocation_date > $3::timestamp) order by allocation_date), '[]')
        from prison_offender_manager pom
        join staff on staff.staff_id = pom.allocation_staff_id
        join probation_area on probation_area.probation_area_id = pom.probation_area_id
        where pom.offender_id = offender.offender_id and pom.end_date is null and pom.soft_deleted = 0) as poms,
      (select json_build_object(
          'name', coalesce(staff.forename || ' ' || staff.surname, 'someone outside Delius'),
          'role', case when ro.prison_offender_manager_id is null then 'COM' else 'POM' end)
        from responsible_officer ro
        left join prison_offender_manager pom using (prison_offender_manager_id)
        left join offender_manager com using (offender_manager_id)
        left join staff on staff.staff_id = coalesce(pom.allocation_staff_id, com.allocation_staff_id)
        where ro.offender_id = offender.offender_id and ro.end_date is null) as responsible,
      (select coalesce(json_agg(json_build_object('start', ${dateOf("POM1")}, 'handover', ${dateOf("POM2")})
          order by custody.custody_id), '[]')
        from ${custodialSentences} where custody.offender_id = offender.offender_id) as sentences
    from offender where (noms_number = any ($1) or crn = any ($2)) and training_session_id is null
    order by crn, offender_id`,
  row: caseSchema,
};

/** The cases with one of these NOMS numbers or CRNs, as of `now`. */
export function listDeliusCases(
  executor: Executor,
  { noms, crns, now }: { readonly noms: readonly string[]; readonly crns: readonly string[]; readonly now: Instant },
): Promise<readonly DeliusCase[]> {
  return executor.list(cases, [noms, crns, writeDeliusTime(now)]);
}

const resultSchema = entrySchema
  .pick({ outcome: true, outcomeClass: true, reasons: true, changes: true })
  .extend({ inboxKey: z.string(), noms: z.string().nullable(), at: z.date(), deliveries: z.int() });

/** What became of one fact of a message. */
export type Result = Readonly<z.infer<typeof resultSchema>>;

const results: Statement<Result, [keys: readonly string[], noms: readonly string[]]> = {
  name: "list-sandbox-results",
  text: `
    select inbox_key as "inboxKey", journal.noms_number as noms, decided_at as at, outcome, outcome_class as "outcomeClass",
      reasons, changes, coalesce(deliveries, 1) as deliveries
    from mpc_delius.journal left join mpc_delius.inbox using (inbox_key)
    where inbox_key = any ($1) or journal_id = any (
      select (select max(journal_id) from mpc_delius.journal last where last.noms_number = wanted and not dry_run)
      from unnest($2::text[]) wanted)
    order by journal_id`,
  row: resultSchema,
};

/** What became of these messages, and of the last message about each of these people. */
export function listResults(
  executor: Executor,
  { keys, noms }: { readonly keys: readonly string[]; readonly noms: readonly string[] },
): Promise<readonly Result[]> {
  return executor.list(results, [keys, noms]);
}

const changed = z.object({ offenderId: z.number() });

const sentence: Statement<z.infer<typeof changed>, [crn: string]> = {
  name: "insert-sandbox-sentence",
  text: `
    with added_event as (
      insert into event (event_id, offender_id, active_flag, soft_deleted, partition_area_id)
      select (select coalesce(max(event_id), 0) + 1 from event), offender_id, 1, 0, 0
      from offender where crn = $1 and soft_deleted = 0
      returning event_id, offender_id),
    added_disposal as (
      insert into disposal (disposal_id, event_id, active_flag, soft_deleted, partition_area_id)
      select (select coalesce(max(disposal_id), 0) + 1 from disposal), event_id, 1, 0, 0 from added_event
      returning disposal_id),
    added_custody as (
      insert into custody (custody_id, disposal_id, custodial_status_id, soft_deleted, partition_area_id)
      select (select coalesce(max(custody_id), 0) + 1 from custody), disposal_id, standard_reference_list_id, 0, 0
      from added_disposal, r_standard_reference_list join r_reference_data_master using (reference_data_master_id)
      where code_set_name = 'CUSTODIAL STATUS' and code_value = 'D')
    select offender_id as "offenderId" from added_event`,
  row: changed,
};

/** Gives a case a custodial sentence more, as someone does in Delius; null where there is no such case. */
export async function insertSentence(executor: Executor, crn: string): Promise<number | null> {
  const [row] = await executor.list(sentence, [crn]);
  return row?.offenderId ?? null;
}

const prisonNumber: Statement<z.infer<typeof changed>, [crn: string, noms: string]> = {
  name: "update-sandbox-prison-number",
  text: `
    update offender set noms_number = $2, row_version = row_version + 1
    where crn = $1 and soft_deleted = 0 and noms_number is null
    returning offender_id as "offenderId"`,
  row: changed,
};

/** Gives a case a NOMS number, as someone does in Delius; false where there is no such case without one. */
export async function updatePrisonNumber(
  executor: Executor,
  { crn, noms }: { readonly crn: string; readonly noms: string },
): Promise<boolean> {
  return (await executor.list(prisonNumber, [crn, noms])).length > 0;
}
