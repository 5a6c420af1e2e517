import { z } from "zod";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import { nomsNumberSchema, offenderIdSchema } from "../../delius/person/person.ts";
import type { DriftClass } from "../reconciliation/drift.ts";
import { listRepairable } from "./refresh-message.ts";

/** Which differences are to be repaired, and whether only on trial. */
export interface RepairOrder {
  readonly reconciliationRun: number;
  readonly dryRun: boolean;
  readonly removeStale: boolean;
}

const selectionSchema = z.union([
  z.object({ reconciliationRun: z.int() }),
  z.object({ nomsNumbers: z.array(nomsNumberSchema) }),
]);
const runRow = z.object({
  refreshRun: z.string(),
  lastOffender: offenderIdSchema.nullable(),
  sent: z.int(),
  dryRun: z.boolean(),
  removeStale: z.boolean(),
  selection: selectionSchema,
});

/** A refresh that the service sends by itself, as it stands: of what a reconciliation found, or of cases by number. */
export type DueRefresh = Readonly<z.infer<typeof runRow>>;

const runColumns = `refresh_run_id as "refreshRun", last_offender as "lastOffender", sent,
    dry_run as "dryRun", remove_stale as "removeStale", selection`;

const makeDue: Statement<unknown, [refreshRun: string, milliseconds: number]> = {
  name: "make-refresh-due",
  text: `
    update mpc_delius.refresh_run set due_at = clock_timestamp() + $2 * interval '1 millisecond'
    where refresh_run_id = $1`,
  row: z.unknown(),
};

/**
 * Leaves a run to the service, to be sent by the first of its replicas that looks after so many milliseconds, unless it is
 * finished by then.
 */
export async function makeRefreshDue(tx: Transaction, refreshRun: string, milliseconds: number): Promise<void> {
  await tx.list(makeDue, [refreshRun, milliseconds]);
}

const lock: Statement<unknown, [reconciliationRun: number]> = {
  name: "lock-repairs",
  text: `select 1 as locked from mpc_delius.reconciliation_run where reconciliation_run_id = $1 for update`,
  row: z.unknown(),
};

/** Lets one order at a time be given for a reconciliation, until the transaction ends. */
export async function lockRepairs(tx: Transaction, reconciliationRun: number): Promise<void> {
  await tx.list(lock, [reconciliationRun]);
}

const findOpen: Statement<DueRefresh, [reconciliationRun: number, dryRun: boolean, removeStale: boolean]> = {
  name: "find-open-repair",
  text: `
    select ${runColumns} from mpc_delius.refresh_run
    where finished_at is null and cancelled_at is null and due_at is not null and (selection ->> 'reconciliationRun')::bigint = $1
      and dry_run = $2 and remove_stale = $3
    fetch first 1 rows only`,
  row: runRow,
};

/** The same order where it is under way already. */
export async function findOpenRepair(executor: Executor, order: RepairOrder): Promise<DueRefresh | null> {
  const { reconciliationRun, dryRun, removeStale } = order;
  const [run] = await executor.list(findOpen, [reconciliationRun, dryRun, removeStale]);
  return run ?? null;
}

// One that is held after its first few sends nothing: no replica takes it or keeps its claim, so that no other waits for it.
const mayContinue = "held_at is null";

const claim: Statement<DueRefresh, [leaseMs: number]> = {
  name: "claim-due-refresh",
  text: `
    update mpc_delius.refresh_run set due_at = clock_timestamp() + $1 * interval '1 millisecond'
    where refresh_run_id = (
      select refresh_run_id from mpc_delius.refresh_run
      where finished_at is null and due_at <= clock_timestamp()::timestamptz(3) and (cancelled_at is not null
        or ${mayContinue} and not exists (
          select 1 from mpc_delius.refresh_run
          where finished_at is null and cancelled_at is null and due_at > clock_timestamp()::timestamptz(3)))
      order by due_at
      fetch first 1 rows only
      for update skip locked)
    returning ${runColumns}`,
  row: runRow,
};

/** Takes the refresh that is due longest, for so many milliseconds; null where none is due, or one is under way. One that is cancelled waits for none. */
export async function claimDueRefresh(executor: Executor, leaseMs: number): Promise<DueRefresh | null> {
  const [run] = await executor.list(claim, [leaseMs]);
  return run ?? null;
}

const extend: Statement<unknown, [refreshRun: string, leaseMs: number]> = {
  name: "extend-repair-claim",
  text: `
    update mpc_delius.refresh_run set due_at = clock_timestamp() + $2 * interval '1 millisecond'
    where refresh_run_id = $1 and finished_at is null and ${mayContinue}`,
  row: z.unknown(),
};

/** Holds a repair for so many milliseconds more. */
export async function extendRepairClaim(executor: Executor, refreshRun: string, leaseMs: number): Promise<void> {
  await executor.list(extend, [refreshRun, leaseMs]);
}

const release: Statement<unknown, [refreshRun: string]> = {
  name: "release-rest-of-refresh",
  text: `
    update mpc_delius.refresh_run set rest_at = clock_timestamp()
    where refresh_run_id = $1 and rest_at is null and held_at is null`,
  row: z.unknown(),
};

/** Lets the rest of a run follow its first few, unless it is held. */
export async function releaseRest(executor: Executor, refreshRun: string): Promise<void> {
  await executor.list(release, [refreshRun]);
}

const hold: Statement<unknown, [refreshRun: string]> = {
  name: "hold-refresh",
  text: `
    update mpc_delius.refresh_run set held_at = clock_timestamp(), due_at = clock_timestamp()
    where refresh_run_id = $1 and rest_at is null and held_at is null`,
  row: z.unknown(),
};

/** Holds the rest of a run until an operator lets it continue, and gives up the claim: anyone may end it when it is cancelled. */
export async function holdRefresh(executor: Executor, refreshRun: string): Promise<void> {
  await executor.list(hold, [refreshRun]);
}

const continueHeld: Statement<unknown, [refreshRun: string]> = {
  name: "continue-refresh",
  text: `
    update mpc_delius.refresh_run set rest_at = clock_timestamp(), held_at = null, due_at = clock_timestamp()
    where refresh_run_id = $1 and held_at is not null and finished_at is null and cancelled_at is null
    returning refresh_run_id`,
  row: z.unknown(),
};

/** Lets a run that is held continue. Answers whether it was held. */
export async function continueRefresh(tx: Transaction, refreshRun: string): Promise<boolean> {
  return (await tx.list(continueHeld, [refreshRun])).length > 0;
}

const cancel: Statement<unknown, [refreshRun: string]> = {
  name: "cancel-refresh",
  text: `
    update mpc_delius.refresh_run set cancelled_at = clock_timestamp()
    where refresh_run_id = $1 and due_at is not null and finished_at is null and cancelled_at is null
    returning refresh_run_id`,
  row: z.unknown(),
};

/** Cancels a refresh that the service sends. Answers whether it was under way. */
export async function cancelRefresh(tx: Transaction, refreshRun: string): Promise<boolean> {
  return (await tx.list(cancel, [refreshRun])).length > 0;
}

const count: Statement<{ readonly cases: number }, [reconciliationRun: number, classes: readonly DriftClass[]]> = {
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
