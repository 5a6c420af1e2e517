import { z } from "zod";
import type { Executor, Statement, Transaction } from "../adapters/database.ts";
import { driftClasses, type DriftClass } from "./drift.ts";
import type { SelectedCase } from "./selection.ts";

/** An officer of Delius who stands for an officer of Manage POM Cases in a case. */
export interface SeenOfficer extends SelectedCase {
  readonly officer: string;
  readonly staffCode: number;
}

const insertSeen: Statement<unknown> = {
  name: "insert-reconciled-officers",
  text: `
    insert into mpc_delius.reconciled_officer (reconciliation_run_id, officer_code, staff_code, offender_id, noms_number)
    select $1, officer, "staffCode", "offenderId", "nomsNumber"
    from json_to_recordset($2::json) as seen (officer text, "staffCode" bigint, "offenderId" bigint, "nomsNumber" text)
    order by "offenderId"
    on conflict do nothing`,
  row: z.unknown(),
};

/** Keeps who stands for whom, with the first case that shows it. */
export async function insertOfficers(tx: Transaction, runId: number, officers: readonly SeenOfficer[]): Promise<void> {
  await tx.list(insertSeen, [runId, JSON.stringify(officers)]);
}

const finish: Statement<unknown> = {
  name: "finish-reconciliation-run",
  text: `
    with finished as (
      update mpc_delius.reconciliation_run set finished_at = clock_timestamp()
      where reconciliation_run_id = $1 and finished_at is null
      returning reconciliation_run_id
    ), shared as (
      select officer_code, json_agg(staff_code order by staff_code) as codes, max(offender_id) as offender_id
      from mpc_delius.reconciled_officer join finished using (reconciliation_run_id)
      group by officer_code
      having count(*) > 1
    ), told as (
      insert into mpc_delius.difference
        (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, in_mpc, in_delius, confirmed)
      select $1, shared.offender_id, seen.noms_number, 'allocation', 'same-officer', 'NoPomChange',
        json_build_object('staffCodes', shared.codes), json_build_object('officer', shared.officer_code), true
      from shared
      join mpc_delius.reconciled_officer seen
        on seen.reconciliation_run_id = $1 and seen.officer_code = shared.officer_code
        and seen.offender_id = shared.offender_id
    )
    delete from mpc_delius.reconciled_officer where reconciliation_run_id = $1`,
  row: z.unknown(),
};

/** Ends a run: tells of the officers who stand for several of Manage POM Cases', at the last case that shows it. */
export async function finishRun(executor: Executor, runId: number): Promise<void> {
  await executor.list(finish, [runId]);
}

/** What a run came to. */
export interface RunSummary {
  readonly runId: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly compared: number;
  /** Differences by class; classes without any are left out. */
  readonly differences: Readonly<Partial<Record<DriftClass, number>>>;
  /** How many live dates a repair would delete: of what is extra, and of what is stale. */
  readonly deletes: { readonly extra: number; readonly stale: number };
}

const summary: Statement<RunSummary> = {
  name: "get-reconciliation-summary",
  text: `
    select run.reconciliation_run_id as "runId", to_json(run.started_at) #>> '{}' as "startedAt",
      to_json(run.finished_at) #>> '{}' as "finishedAt", run.compared,
      coalesce((
        select json_object_agg(class, number) from (
          select class, count(*) as number from mpc_delius.difference
          where reconciliation_run_id = run.reconciliation_run_id and confirmed
          group by class) counted
      ), '{}') as differences,
      (select json_build_object(
        'extra', coalesce(sum(deletes) filter (where class = 'date-extra'), 0),
        'stale', coalesce(sum(deletes) filter (where class = 'stale' and fact = 'handover'), 0))
        from mpc_delius.difference
        where reconciliation_run_id = run.reconciliation_run_id and confirmed) as deletes
    from mpc_delius.reconciliation_run run
    where run.reconciliation_run_id = $1`,
  row: z.object({
    runId: z.int(),
    startedAt: z.string(),
    finishedAt: z.string().nullable(),
    compared: z.int(),
    differences: z.partialRecord(z.enum(driftClasses), z.int()),
    deletes: z.object({ extra: z.int(), stale: z.int() }),
  }),
};

/** What a run came to so far. */
export async function getSummary(executor: Executor, runId: number): Promise<RunSummary> {
  const [row] = await executor.list(summary, [runId]);
  if (row === undefined) throw new Error("The run is missing.");
  return row;
}
