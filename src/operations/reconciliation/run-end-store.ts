import { z } from "zod";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import { runTotalsSchema } from "./run-totals.ts";
import type { StandIn } from "./drift.ts";
import type { SelectedCase } from "./selection.ts";

/** An officer of Delius who stands for an officer of Manage POM Cases in a case. */
export type SeenOfficer = SelectedCase & StandIn;

const insertSeen: Statement<unknown, [runId: number, officers: Json<readonly SeenOfficer[]>]> = {
  name: "insert-reconciled-officers",
  text: `
    insert into mpc_delius.reconciled_officer (reconciliation_run_id, staff_id, officer_code, staff_code, offender_id, noms_number)
    select $1, "staffId", officer, "staffCode", "offenderId", "nomsNumber"
    from json_to_recordset($2::json) as seen ("staffId" bigint, officer text, "staffCode" bigint, "offenderId" bigint, "nomsNumber" text)
    order by "offenderId"
    on conflict do nothing`,
  row: z.unknown(),
};

/** Keeps who stands for whom, with the first case that shows it. */
export async function insertOfficers(tx: Transaction, runId: number, officers: readonly SeenOfficer[]): Promise<void> {
  await tx.list(insertSeen, [runId, JSON.stringify(officers)]);
}

const finish: Statement<unknown, [runId: number]> = {
  name: "finish-reconciliation-run",
  text: `
    with finished as (
      update mpc_delius.reconciliation_run set finished_at = clock_timestamp(), due_at = null
      where reconciliation_run_id = $1 and finished_at is null and cancelled_at is null
      returning reconciliation_run_id
    ), shared as (
      select staff_id, json_agg(staff_code order by staff_code) as codes, max(offender_id) as offender_id
      from mpc_delius.reconciled_officer join finished using (reconciliation_run_id)
      where staff_id is not null
      group by staff_id
      having count(*) > 1
    ), shown as (
      insert into mpc_delius.difference
        (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, in_mpc, in_delius, confirmed)
      select $1, shared.offender_id, seen.noms_number, 'allocation', 'same-officer', 'NoPomChange',
        json_build_object('staffCodes', shared.codes), json_build_object('officer', seen.officer_code), true
      from shared
      join mpc_delius.reconciled_officer seen
        on seen.reconciliation_run_id = $1 and seen.staff_id = shared.staff_id
        and seen.offender_id = shared.offender_id
    ), gone as (
      delete from mpc_delius.reconciled_officer where reconciliation_run_id = $1
    )
    select mpc_delius.require_rows('reconciliation_run', 1, (select count(*) from finished))`,
  row: z.unknown(),
};

const keepTotals: Statement<unknown, [runId: number, doubledCodes: Json<readonly string[]>]> = {
  name: "keep-reconciliation-totals",
  text: `
    update mpc_delius.reconciliation_run set totals = json_build_object(
      'differences', coalesce((
        select json_object_agg(class, number) from (
          select class, count(*) as number from mpc_delius.difference
          where reconciliation_run_id = $1 and confirmed
          group by class) counted
      ), '{}'),
      'deletes', (
        select json_build_object(
          'extra', coalesce(sum(deletes) filter (where class = 'date-extra'), 0),
          'stale', coalesce(sum(deletes) filter (where class = 'stale'), 0))
        from mpc_delius.difference
        where reconciliation_run_id = $1 and confirmed),
      'doubledCodes', $2::json)
    where reconciliation_run_id = $1 and finished_at is not null`,
  row: z.unknown(),
};

/**
 * Ends a run: reports the officers who stand for several of Manage POM Cases', at the last case that shows it, and keeps
 * the totals with the officer codes that are doubled. Raises where the run is over already, finished by another or cancelled.
 */
export async function finishRun(tx: Transaction, runId: number, doubledCodes: readonly string[]): Promise<void> {
  await tx.list(finish, [runId]);
  await tx.list(keepTotals, [runId, JSON.stringify(doubledCodes)]);
}

const summaryRow = z.object({
  runId: z.int(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  compared: z.int(),
  ...runTotalsSchema.shape,
});

/** What a run came to. */
export type RunSummary = Readonly<z.infer<typeof summaryRow>>;

const summary: Statement<RunSummary, [runId: number]> = {
  name: "get-reconciliation-summary",
  text: `
    select reconciliation_run_id as "runId", to_json(started_at) #>> '{}' as "startedAt",
      to_json(finished_at) #>> '{}' as "finishedAt", compared,
      coalesce(totals -> 'differences', '{}') as differences,
      coalesce(totals -> 'deletes', '{"extra": 0, "stale": 0}') as deletes,
      coalesce(totals -> 'doubledCodes', '[]') as "doubledCodes"
    from mpc_delius.reconciliation_run
    where reconciliation_run_id = $1`,
  row: summaryRow,
};

/** What a run came to; nothing before it is finished. */
export async function getSummary(executor: Executor, runId: number): Promise<RunSummary> {
  const [row] = await executor.list(summary, [runId]);
  if (row === undefined) throw new Error("The run is missing.");
  return row;
}
