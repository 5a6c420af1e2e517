import { z } from "zod";
import type { Executor, Statement, Transaction } from "../adapters/database.ts";
import { offenderIdSchema } from "../person/person.ts";
import { listRepairable } from "./refresh-message.ts";
import type { RefreshRun } from "./refresh-store.ts";

/** Which differences are to be mended, and whether only on trial. */
export interface RepairOrder {
  readonly reconciliationRun: number;
  readonly dryRun: boolean;
  readonly removeStale: boolean;
}

/** A repair that the service sends by itself, as it stands. */
export type RepairRun = RefreshRun & RepairOrder;

const runRow = z.object({
  refreshRun: z.string(),
  lastOffender: offenderIdSchema.nullable(),
  sent: z.int(),
  reconciliationRun: z.int(),
  dryRun: z.boolean(),
  removeStale: z.boolean(),
});
const runColumns = `refresh_run_id as "refreshRun", last_offender as "lastOffender", sent,
    (selection ->> 'reconciliationRun')::bigint as "reconciliationRun", dry_run as "dryRun", remove_stale as "removeStale"`;

const makeDue: Statement<unknown> = {
  name: "make-repair-due",
  text: `update mpc_delius.refresh_run set due_at = clock_timestamp() where refresh_run_id = $1`,
  row: z.unknown(),
};

/** Leaves a run to the service, to be sent as soon as one of its replicas looks. */
export async function makeRepairDue(tx: Transaction, refreshRun: string): Promise<void> {
  await tx.list(makeDue, [refreshRun]);
}

const lock: Statement<unknown> = {
  name: "lock-repairs",
  text: `select 1 as locked from mpc_delius.reconciliation_run where reconciliation_run_id = $1 for update`,
  row: z.unknown(),
};

/** Lets one order at a time be given for a reconciliation, until the transaction ends. */
export async function lockRepairs(tx: Transaction, reconciliationRun: number): Promise<void> {
  await tx.list(lock, [reconciliationRun]);
}

const findOpen: Statement<RepairRun> = {
  name: "find-open-repair",
  text: `
    select ${runColumns} from mpc_delius.refresh_run
    where finished_at is null and due_at is not null and (selection ->> 'reconciliationRun')::bigint = $1
      and dry_run = $2 and remove_stale = $3
    limit 1`,
  row: runRow,
};

/** The same order where it is under way already. */
export async function findOpenRepair(executor: Executor, order: RepairOrder): Promise<RepairRun | null> {
  const { reconciliationRun, dryRun, removeStale } = order;
  const [run] = await executor.list(findOpen, [reconciliationRun, dryRun, removeStale]);
  return run ?? null;
}

const claim: Statement<RepairRun> = {
  name: "claim-due-repair",
  text: `
    update mpc_delius.refresh_run set due_at = clock_timestamp() + $1 * interval '1 millisecond'
    where refresh_run_id = (
      select refresh_run_id from mpc_delius.refresh_run
      where finished_at is null and due_at <= clock_timestamp() and not exists (
        select from mpc_delius.refresh_run held where held.finished_at is null and held.due_at > clock_timestamp())
      order by due_at
      limit 1
      for update skip locked)
    returning ${runColumns}`,
  row: runRow,
};

/** Takes the repair that is due longest, for so many milliseconds; null where none is due, or one is under way. */
export async function claimDueRepair(executor: Executor, leaseMs: number): Promise<RepairRun | null> {
  const [run] = await executor.list(claim, [leaseMs]);
  return run ?? null;
}

const extend: Statement<unknown> = {
  name: "extend-repair-claim",
  text: `
    update mpc_delius.refresh_run set due_at = clock_timestamp() + $2 * interval '1 millisecond'
    where refresh_run_id = $1 and finished_at is null`,
  row: z.unknown(),
};

/** Holds a repair for so many milliseconds more. */
export async function extendRepairClaim(executor: Executor, refreshRun: string, leaseMs: number): Promise<void> {
  await executor.list(extend, [refreshRun, leaseMs]);
}

const count: Statement<{ readonly cases: number }> = {
  name: "count-repairs",
  text: `
    select count(distinct offender_id) as cases from mpc_delius.difference
    where reconciliation_run_id = $1 and confirmed and class = any($2::text[])`,
  row: z.object({ cases: z.int() }),
};

/** How many cases a repair would refresh. */
export async function countRepairs(
  executor: Executor,
  { reconciliationRun, removeStale }: Pick<RepairOrder, "reconciliationRun" | "removeStale">,
): Promise<number> {
  const [row] = await executor.list(count, [reconciliationRun, listRepairable(removeStale)]);
  return row?.cases ?? 0;
}
