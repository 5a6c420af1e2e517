import { z } from "zod";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import { intakeStateSchema, type IntakeState } from "./intake-state.ts";

const stateRow = z.object({ state: intakeStateSchema });

/** The state as a query, for a statement that reads it beside something else. */
export const selectIntakeState = `select json_strip_nulls(json_build_object(
      'running', running, 'since', changed_at, 'by', changed_by, 'reason', reason)) as state
    from mpc_delius.intake_state`;

const find: Statement<{ readonly state: IntakeState }> = {
  name: "get-intake-state",
  text: selectIntakeState,
  row: stateRow,
};

/** Whether messages are to be let in; every replica asks at least each 5 s. */
export async function getIntakeState(executor: Executor): Promise<IntakeState> {
  const [row] = await executor.list(find, []);
  if (row === undefined) throw new Error("The row of the intake's state is missing.");
  return row.state;
}

/** What an operator wants of the intake. */
export interface IntakeOrder {
  readonly running: boolean;
  readonly actor: string;
  readonly reason: string;
}

const set: Statement<{ readonly state: IntakeState }, [running: boolean, actor: string, reason: string]> = {
  name: "set-intake-state",
  text: `
    update mpc_delius.intake_state
    set running = $1, changed_at = clock_timestamp(), changed_by = $2, reason = $3
    where running <> $1
    returning json_strip_nulls(json_build_object(
      'running', running, 'since', changed_at, 'by', changed_by, 'reason', reason)) as state`,
  row: stateRow,
};

/** Pauses or resumes the intake; answers null, and changes nothing, where it is so already. */
export async function setIntakeState(
  tx: Transaction,
  { running, actor, reason }: IntakeOrder,
): Promise<IntakeState | null> {
  const [row] = await tx.list(set, [running, actor, reason]);
  return row?.state ?? null;
}
