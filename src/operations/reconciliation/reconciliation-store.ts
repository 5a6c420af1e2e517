import { z } from "zod";
import { isBeyond } from "../../platform/database/keyset.ts";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import { facts } from "../../sync/fact/outcome.ts";
import { nomsNumberSchema, offenderIdSchema, type OffenderId } from "../../delius/person/person.ts";
import { driftClasses, type Difference } from "./drift.ts";
import type { SelectedCase, Selection } from "./selection.ts";

/** A reconciliation run as it stands. */
export interface Run {
  readonly runId: number;
  readonly lastOffender: OffenderId | null;
  readonly compared: number;
  /** The keys that a sample was drawn of; null for other selections. */
  readonly chosen: readonly number[] | null;
}

/** A run as it stands. */
export const runRow = z.object({
  runId: z.int(),
  lastOffender: offenderIdSchema.nullable(),
  compared: z.int(),
  chosen: z.array(z.int()).nullable(),
});
/** The columns that {@link runRow} reads. */
export const runColumns = `reconciliation_run_id as "runId", last_offender as "lastOffender", compared,
    to_json(chosen) as chosen`;

const insertRunStatement: Statement<Run, [selection: Json<Selection>]> = {
  name: "insert-reconciliation-run",
  text: `insert into mpc_delius.reconciliation_run (selection) values ($1) returning ${runColumns}`,
  row: runRow,
};

/** Begins a run. */
export async function insertRun(executor: Executor, selection: Selection): Promise<Run> {
  const [run] = await executor.list(insertRunStatement, [JSON.stringify(selection)]);
  if (run === undefined) throw new Error("The database answered no run.");
  return run;
}

const openRun: Statement<Run, [selection: Json<Selection>]> = {
  name: "find-open-reconciliation-run",
  text: `
    select ${runColumns} from mpc_delius.reconciliation_run
    where finished_at is null and ordered_by is null and selection::jsonb = $1::jsonb
      and started_at > clock_timestamp() - interval '1 day'
    order by reconciliation_run_id desc
    fetch first 1 rows only`,
  row: runRow,
};

/** The newest run of the same cases by a command that was broken off within a day. */
export async function findOpenRun(executor: Executor, selection: Selection): Promise<Run | null> {
  const [run] = await executor.list(openRun, [JSON.stringify(selection)]);
  return run ?? null;
}

const advance: Statement<unknown, [runId: number, lastOffender: OffenderId | null, last: OffenderId, size: number]> = {
  name: "update-reconciliation-run",
  text: `
    with changed as (
      update mpc_delius.reconciliation_run set last_offender = $3, compared = compared + $4
      where reconciliation_run_id = $1 and last_offender is not distinct from $2 and finished_at is null
        and cancelled_at is null
      returning 1
    )
    select mpc_delius.require_rows('reconciliation_run', 1, (select count(*) from changed))`,
  row: z.unknown(),
};

/** Moves a run forward; fails when another process has moved it meanwhile. */
export async function advanceRun(
  tx: Transaction,
  { runId, lastOffender }: Run,
  page: { readonly last: OffenderId; readonly size: number },
): Promise<void> {
  await tx.list(advance, [runId, lastOffender, page.last, page.size]);
}

const choose: Statement<unknown, [runId: number, chosen: readonly number[]]> = {
  name: "choose-reconciled-cases",
  text: `update mpc_delius.reconciliation_run set chosen = $2 where reconciliation_run_id = $1`,
  row: z.unknown(),
};

/** Keeps the cases that were drawn for a run, so that the replica that goes on with it compares the same. */
export async function chooseCases(executor: Executor, runId: number, chosen: readonly number[]): Promise<void> {
  await executor.list(choose, [runId, chosen]);
}

/** A difference of a case. */
export type CaseDifference = SelectedCase & Difference;

const insert: Statement<unknown, [runId: number, differences: Json<readonly CaseDifference[]>]> = {
  name: "insert-differences",
  text: `
    insert into mpc_delius.difference
      (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, in_mpc, in_delius, deletes)
    select $1, "offenderId", "nomsNumber", fact, class, outcome, "inMpc", "inDelius", deletes
    from json_to_recordset($2::json) as found ("offenderId" bigint, "nomsNumber" text, fact text, class text,
      outcome text, "inMpc" json, "inDelius" json, deletes integer)`,
  row: z.unknown(),
};

/** Keeps what a first reading found; it is not reported before a second one confirms it. */
export async function insertDifferences(
  tx: Transaction,
  runId: number,
  differences: readonly CaseDifference[],
): Promise<void> {
  await tx.list(insert, [runId, JSON.stringify(differences)]);
}

/** A difference that is kept. */
export interface StoredDifference extends CaseDifference {
  readonly id: number;
}

const storedRow: z.ZodType<StoredDifference> = z.object({
  id: z.int(),
  offenderId: offenderIdSchema,
  nomsNumber: nomsNumberSchema,
  fact: z.enum(facts).nullable(),
  class: z.enum(driftClasses),
  outcome: z.string(),
  inMpc: z.unknown(),
  inDelius: z.unknown(),
  deletes: z.int(),
});
const storedColumns = `difference_id as id, offender_id as "offenderId", noms_number as "nomsNumber", fact, class,
      outcome, in_mpc as "inMpc", in_delius as "inDelius", deletes`;

const listUnconfirmedStatement: Statement<StoredDifference, [runId: number, cases: number]> = {
  name: "list-unconfirmed-differences",
  text: `
    select ${storedColumns} from mpc_delius.difference
    where reconciliation_run_id = $1 and not confirmed and offender_id in (
      select distinct offender_id from mpc_delius.difference
      where reconciliation_run_id = $1 and not confirmed
      order by offender_id
      fetch first $2 rows only)
    order by offender_id, difference_id`,
  row: storedRow,
};

/** What has to be read again, of the next cases of a run. */
export function listUnconfirmed(
  executor: Executor,
  runId: number,
  cases: number,
): Promise<readonly StoredDifference[]> {
  return executor.list(listUnconfirmedStatement, [runId, cases]);
}

const confirm: Statement<unknown, [kept: readonly number[], dropped: readonly number[]]> = {
  name: "confirm-differences",
  text: `
    with gone as (
      delete from mpc_delius.difference where difference_id = any($2::bigint[]) and not confirmed
    )
    update mpc_delius.difference set confirmed = true where difference_id = any($1::bigint[])`,
  row: z.unknown(),
};

/** Keeps the differences that a second reading shows too, and drops those that passed. */
export async function confirmDifferences(
  executor: Executor,
  kept: readonly number[],
  dropped: readonly number[],
): Promise<void> {
  await executor.list(confirm, [kept, dropped]);
}

const listConfirmedStatement: Statement<
  StoredDifference,
  [runId: number, offenderId: number, id: number, most: number]
> = {
  name: "list-differences",
  text: `
    select ${storedColumns} from mpc_delius.difference
    where reconciliation_run_id = $1 and confirmed and ${isBeyond({ compare: ">" }, [
      ["offender_id", "$2"],
      ["difference_id", "$3"],
    ])}
    order by offender_id, difference_id
    fetch first $4 rows only`,
  row: storedRow,
};

/** The reported differences of a run after one of them, by case. */
export function listDifferences(
  executor: Executor,
  runId: number,
  page: { readonly after: Pick<StoredDifference, "offenderId" | "id"> | null; readonly most: number },
): Promise<readonly StoredDifference[]> {
  const { after, most } = page;
  return executor.list(listConfirmedStatement, [runId, after?.offenderId ?? 0, after?.id ?? 0, most]);
}
