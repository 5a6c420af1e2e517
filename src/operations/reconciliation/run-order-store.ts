import { z } from "zod";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import { runColumns, runRow } from "./reconciliation-store.ts";
import { selectionSchema, type Selection } from "./selection.ts";

const dueRow = runRow.extend({ selection: selectionSchema });

/** A run that the service carries out by itself, as it stands. */
export type DueRun = Readonly<z.infer<typeof dueRow>>;

/** Who wants which cases compared. */
export interface RunOrder {
  readonly orderedBy: string;
  readonly selection: Selection;
}

const numberRow = z.object({ runId: z.int() });

const insert: Statement<{ readonly runId: number }, [selection: Json<Selection>, orderedBy: string]> = {
  name: "insert-ordered-reconciliation",
  text: `
    insert into mpc_delius.reconciliation_run (selection, ordered_by, due_at) values ($1, $2, clock_timestamp())
    on conflict do nothing
    returning reconciliation_run_id as "runId"`,
  row: numberRow,
};

/** Orders a run, to be carried out by the first replica that looks; null where another is under way. */
export async function insertOrderedRun(tx: Transaction, { orderedBy, selection }: RunOrder): Promise<number | null> {
  const [run] = await tx.list(insert, [JSON.stringify(selection), orderedBy]);
  return run?.runId ?? null;
}

const findUnderWay: Statement<{ readonly runId: number; readonly isSame: boolean }, [selection: Json<Selection>]> = {
  name: "find-reconciliation-under-way",
  text: `
    select reconciliation_run_id as "runId", selection::jsonb = $1::jsonb as "isSame"
    from mpc_delius.reconciliation_run where due_at is not null`,
  row: numberRow.extend({ isSame: z.boolean() }),
};

/** The run that was ordered and is not over, and whether it is about these cases; null where there is none. */
export async function findRunUnderWay(executor: Executor, selection: Selection) {
  const [run] = await executor.list(findUnderWay, [JSON.stringify(selection)]);
  return run ?? null;
}

const claim: Statement<DueRun, [leaseMs: number]> = {
  name: "claim-due-reconciliation",
  text: `
    update mpc_delius.reconciliation_run set due_at = clock_timestamp() + $1 * interval '1 millisecond'
    where due_at <= clock_timestamp()::timestamptz(3)
    returning ${runColumns}, selection`,
  row: dueRow,
};

/** Takes the run that is due for so many milliseconds; null where none is due. */
export async function claimDueRun(executor: Executor, leaseMs: number): Promise<DueRun | null> {
  const [run] = await executor.list(claim, [leaseMs]);
  return run ?? null;
}

const extend: Statement<{ readonly runId: number }, [runId: number, leaseMs: number]> = {
  name: "extend-reconciliation-claim",
  text: `
    update mpc_delius.reconciliation_run set due_at = clock_timestamp() + $2 * interval '1 millisecond'
    where reconciliation_run_id = $1 and due_at is not null
    returning reconciliation_run_id as "runId"`,
  row: numberRow,
};

/** Holds a run for so many milliseconds more. Answers whether it is still under way: it may be cancelled. */
export async function extendRunClaim(executor: Executor, runId: number, leaseMs: number): Promise<boolean> {
  return (await executor.list(extend, [runId, leaseMs])).length > 0;
}

const cancel: Statement<{ readonly runId: number }, [runId: number]> = {
  name: "cancel-reconciliation",
  text: `
    update mpc_delius.reconciliation_run set cancelled_at = clock_timestamp(), due_at = null
    where reconciliation_run_id = $1 and due_at is not null
    returning reconciliation_run_id as "runId"`,
  row: numberRow,
};

/** Cancels a run that the service carries out. Answers whether it was under way. */
export async function cancelRun(tx: Transaction, runId: number): Promise<boolean> {
  return (await tx.list(cancel, [runId])).length > 0;
}
