import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Crn, NomsNumber } from "../../delius/person/person.ts";
import { namedCaseSchema, type NamedCase } from "./named-case.ts";
import type { Selection } from "./selection.ts";
import { readDeliusClock, runsPrison } from "./selection-store.ts";

const columns = `wanted.name, person.offender_id as "offenderId", rtrim(person.crn) as crn,
      upper(person.noms_number) as "nomsNumber", coalesce(person.soft_deleted, 0) <> 0 as "isDeleted"`;

const listByNoms: Statement<NamedCase, [nomsNumbers: readonly NomsNumber[]]> = {
  name: "list-named-by-noms",
  text: `
    select ${columns}
    from unnest($1::text[]) with ordinality as wanted (name, place)
    left join offender person on upper(person.noms_number) = wanted.name and person.training_session_id is null
    order by wanted.place, person.soft_deleted, person.offender_id`,
  row: namedCaseSchema,
};

const listByCrn: Statement<NamedCase, [crns: readonly Crn[]]> = {
  name: "list-named-by-crn",
  text: `
    select ${columns}
    from unnest($1::text[]) with ordinality as wanted (name, place)
    left join lateral (
      select offender_id, crn, noms_number, soft_deleted from offender
      where upper(crn) = wanted.name and training_session_id is null
      order by soft_deleted, offender_id
      fetch first 1 rows only
    ) person on true
    order by wanted.place`,
  row: namedCaseSchema,
};

/** What Delius has under each number that a selection names, deleted cases too; nothing where it names none. A CRN has one case. */
export async function listNamedCases(executor: Executor, selection: Selection): Promise<readonly NamedCase[]> {
  if ("nomsNumbers" in selection) return executor.list(listByNoms, [selection.nomsNumbers]);
  return "crns" in selection ? executor.list(listByCrn, [selection.crns]) : [];
}

const findPrison: Statement<{ readonly isKnown: boolean }, [prison: string, now: string]> = {
  name: "find-prison",
  text: `
    select exists (
      select 1 from r_institution institution
      join probation_area provider on ${runsPrison("$2")}
      where institution.nomis_cde_code = $1) as "isKnown"`,
  row: z.object({ isKnown: z.boolean() }),
};

/** Whether Delius has a provider that runs a prison now. */
export async function isKnownPrison(executor: Executor, prison: string): Promise<boolean> {
  const [row] = await executor.list(findPrison, [prison, await readDeliusClock(executor)]);
  return row?.isKnown ?? false;
}
