import { z } from "zod";
import { custodialSentences, handoverDates } from "../../delius/person/sentence-store.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { NomsNumber, OffenderId } from "../../delius/person/person.ts";
import { writeDeliusTime } from "../../platform/time/london-time.ts";
import { standingSchema, type Standing } from "./drift.ts";
import { selectedCaseSchema, type SelectedCase } from "./selection.ts";

/** Where a walk through the cases stands and what it is through. */
export interface CasePage {
  /** Only cases with a higher key. */
  readonly after: OffenderId | null;
  readonly most: number;
  /** The cases of these prison numbers or keys; of all that rule R1 names where it is null. */
  readonly chosen: { readonly nomsNumbers: readonly NomsNumber[] } | { readonly offenderIds: readonly number[] } | null;
  /** Only cases whose open POM is at the provider of this prison. */
  readonly prison: string | null;
}

/** Delius's time is a parameter: our own clock reads it, never a database's time zone. */
const openPom = (now: `$${number}`) => `pom.soft_deleted = 0 and pom.allocation_date <= ${now}::timestamp
          and (pom.end_date is null or pom.end_date > ${now}::timestamp)`;

/** Whether a `provider` of this moment runs the prison that an `institution` is (rule A2). */
export const runsPrison = (now: `$${number}`) => `institution.institution_id = provider.institution_id
        and institution.establishment = provider.establishment and institution.establishment = 'Y'
        and institution.training_session_id is null and provider.training_session_id is null
        and (provider.end_date is null or provider.end_date > ${now}::timestamp)`;

// Each `offset 0` keeps PostgreSQL from batching the dates of all cases for every page, which takes seconds.
const inScope = (now: `$${number}`) => `person.soft_deleted = 0 and person.training_session_id is null
      and upper(person.noms_number) ~ '^[A-Z][0-9]{4}[A-Z]{2}$'
      and (exists (
        select 1 from ${custodialSentences}
        join r_standard_reference_list status on status.standard_reference_list_id = custody.custodial_status_id
        where custody.offender_id = person.offender_id and status.code_value <> 'P'
        offset 0 rows
      ) or exists (
        select 1 from prison_offender_manager pom
        join staff on staff.staff_id = pom.allocation_staff_id
        where pom.offender_id = person.offender_id and ${openPom(now)}
          and (staff.officer_code is null or rtrim(staff.officer_code) not like '%U')
        offset 0 rows
      ) or exists (
        select 1 from event
        join disposal on disposal.event_id = event.event_id
        join custody on custody.disposal_id = disposal.disposal_id and custody.soft_deleted = 0
        join ${handoverDates("live")} on key_date.custody_id = custody.custody_id
        where event.offender_id = person.offender_id
        offset 0 rows
      ))`;

const clock: Statement<{ readonly now: number }> = {
  name: "read-clock",
  text: `select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`,
  row: z.object({ now: z.int() }),
};

/** The database's clock as Delius's time. */
export async function readDeliusClock(executor: Executor): Promise<string> {
  const [row] = await executor.list(clock, []);
  if (row === undefined) throw new Error("The database answered no time.");
  return writeDeliusTime(row.now);
}

const listInScope: Statement<SelectedCase, [after: number, most: number, now: string]> = {
  name: "list-cases-in-scope",
  text: `
    select person.offender_id as "offenderId", person.noms_number as "nomsNumber"
    from offender person
    where person.offender_id > $1 and ${inScope("$3")}
    order by person.offender_id
    fetch first ($2::integer) rows only`,
  row: selectedCaseSchema,
};

// From the prison's POMs to their cases: a walk through all cases would look for a small prison's for a long time.
const listOfPrison: Statement<SelectedCase, [after: number, most: number, prison: string, now: string]> = {
  name: "list-cases-of-prison",
  text: `
    with held as materialized (
      select distinct pom.offender_id from prison_offender_manager pom
      join probation_area provider on provider.probation_area_id = pom.probation_area_id
      join r_institution institution on ${runsPrison("$4")}
      where pom.offender_id > $1 and ${openPom("$4")} and institution.nomis_cde_code = $3
    )
    select person.offender_id as "offenderId", person.noms_number as "nomsNumber"
    from held join offender person on person.offender_id = held.offender_id
    where ${inScope("$4")}
    order by person.offender_id
    fetch first ($2::integer) rows only`,
  row: selectedCaseSchema,
};

const listChosen: Statement<
  SelectedCase,
  [after: number, most: number, nomsNumbers: readonly NomsNumber[], offenderIds: readonly number[]]
> = {
  name: "list-chosen-cases",
  text: `
    select person.offender_id as "offenderId", person.noms_number as "nomsNumber"
    from offender person
    where person.offender_id > $1 and person.soft_deleted = 0
      and person.training_session_id is null
      and (upper(person.noms_number) = any($3::text[]) or person.offender_id = any($4::bigint[]))
      and upper(person.noms_number) ~ '^[A-Z][0-9]{4}[A-Z]{2}$'
    order by person.offender_id
    fetch first ($2::integer) rows only`,
  row: selectedCaseSchema,
};

/** The next cases of a walk, by key: chosen ones, or all that rule R1 names. */
export async function listCases(executor: Executor, page: CasePage): Promise<readonly SelectedCase[]> {
  const { after, most, chosen, prison } = page;
  if (prison !== null) return executor.list(listOfPrison, [after ?? 0, most, prison, await readDeliusClock(executor)]);
  if (chosen === null) return executor.list(listInScope, [after ?? 0, most, await readDeliusClock(executor)]);
  const numbers = "nomsNumbers" in chosen ? chosen.nomsNumbers : [];
  const keys = "offenderIds" in chosen ? chosen.offenderIds : [];
  return executor.list(listChosen, [after ?? 0, most, numbers, keys]);
}

// All are shuffled first: keys have gaps, so that a key drawn by chance would lead to some cases far more often.
const drawSample: Statement<{ readonly offenderId: number }, [most: number, now: string]> = {
  name: "draw-sample",
  text: `
    with shuffled as materialized (
      select person.offender_id, person.noms_number, person.soft_deleted, person.training_session_id
      from offender person
      where person.soft_deleted = 0 and person.noms_number is not null
      order by random()
    )
    select person.offender_id as "offenderId" from shuffled person
    where ${inScope("$2")}
    fetch first ($1::integer) rows only`,
  row: z.object({ offenderId: z.int() }),
};

/** So many cases of all that rule R1 names, each as likely as the other; all of them where there are fewer. */
export async function listSample(executor: Executor, most: number): Promise<readonly number[]> {
  const rows = await executor.list(drawSample, [most, await readDeliusClock(executor)]);
  return rows.map(({ offenderId }) => offenderId);
}

const standing: Statement<Standing, [offenderId: OffenderId, now: string]> = {
  name: "get-standing",
  text: `
    select
      coalesce((
        select json_agg(json_build_object(
          'pomId', pom.prison_offender_manager_id, 'staffId', staff.staff_id, 'officer', rtrim(staff.officer_code), 'name', staff.forename || ' ' || staff.surname,
          'email', pom.email_address, 'provider', provider.code, 'start', pom.allocation_date)
          order by pom.allocation_date, pom.created_datetime, pom.prison_offender_manager_id)
        from prison_offender_manager pom
        join staff on staff.staff_id = pom.allocation_staff_id
        join probation_area provider on provider.probation_area_id = pom.probation_area_id
        where pom.offender_id = $1 and ${openPom("$2")}
      ), '[]') as poms,
      coalesce((
        select json_agg(json_build_object('keyDateId', key_date.key_date_id, 'type', key_date.type, 'date', key_date.key_date)
          order by key_date.type, key_date.key_date_id)
        from ${custodialSentences}
        join ${handoverDates("live")} on key_date.custody_id = custody.custody_id
        where custody.offender_id = $1
      ), '[]') as "keyDates"`,
  row: standingSchema,
};

/** What Delius holds of a case that Manage POM Cases owns. */
export async function getStanding(executor: Executor, offenderId: OffenderId): Promise<Standing> {
  const [row] = await executor.list(standing, [offenderId, await readDeliusClock(executor)]);
  if (row === undefined) throw new Error("The database answered no standing.");
  return row;
}

const lastKey: Statement<{ readonly offenderId: number | null }> = {
  name: "get-last-case",
  text: `select max(offender_id) as "offenderId" from offender`,
  row: z.object({ offenderId: z.int().nullable() }),
};

/** The highest key of a case: how far a walk goes. */
export async function getLastCase(executor: Executor): Promise<number> {
  const [row] = await executor.list(lastKey, []);
  return row?.offenderId ?? 0;
}
