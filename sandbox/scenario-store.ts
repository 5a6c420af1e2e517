import { z } from "zod";
import type { Executor, Statement } from "../src/platform/database/database.ts";
import { actionTakenSchema, type ActionTaken } from "../src/operations/action/action.ts";
import { entrySchema, type Entry } from "./step-text.ts";

const entries: Statement<Entry, [inboxKey: string]> = {
  name: "list-journal-entries",
  text: `
    select noms_number as "nomsNumber", crn, event_type as "eventType", outcome, outcome_class as "outcomeClass", reasons, changes,
      dry_run as "dryRun"
    from mpc_delius.journal where inbox_key = $1 order by journal_id`,
  row: entrySchema,
};

/** What the journal says of a message; nothing as long as it is not settled. */
export function listEntries(executor: Executor, inboxKey: string): Promise<readonly Entry[]> {
  return executor.list(entries, [inboxKey]);
}

const actions: Statement<NumberedAction, [id: number]> = {
  name: "list-actions-since",
  text: `
    select operator_action_id as id, json_strip_nulls(json_build_object('takenAt', taken_at, 'actor', actor,
      'action', action, 'reason', reason, 'subject', subject)) as action
    from mpc_delius.operator_action where operator_action_id > $1
    order by operator_action_id`,
  row: z.object({ id: z.int(), action: actionTakenSchema }),
};

/** An operator's action and its place in the record. */
export interface NumberedAction {
  readonly id: number;
  readonly action: ActionTaken;
}

/** What operators did after an action, the oldest first. */
export function listActionsSince(executor: Executor, id: number): Promise<readonly NumberedAction[]> {
  return executor.list(actions, [id]);
}

const deliveries: Statement<{ readonly deliveries: number }, [inboxKey: string]> = {
  name: "count-deliveries",
  text: `select deliveries from mpc_delius.inbox where inbox_key = $1`,
  row: z.object({ deliveries: z.int() }),
};

/** How often a message was delivered since it was settled, the first time included. */
export async function countDeliveries(executor: Executor, inboxKey: string): Promise<number> {
  const [row] = await executor.list(deliveries, [inboxKey]);
  return row?.deliveries ?? 0;
}

/** What a database holds already. */
export interface DatabaseContents {
  readonly hasCases: boolean;
  /** Everybody whom the scenario is about. */
  readonly hasPeople: boolean;
  readonly hasJournal: boolean;
}

const contents: Statement<DatabaseContents, [people: readonly string[]]> = {
  name: "find-contents",
  text: `
    select exists (select from offender) as "hasCases",
      (select count(distinct noms_number) = cardinality($1::text[]) from offender where noms_number = any ($1))
        as "hasPeople",
      exists (select from mpc_delius.journal) as "hasJournal"`,
  row: z.object({ hasCases: z.boolean(), hasPeople: z.boolean(), hasJournal: z.boolean() }),
};

/** What a database that is migrated holds; `people` are NOMS numbers. */
export async function findContents(executor: Executor, people: readonly string[]): Promise<DatabaseContents> {
  const [row] = await executor.list(contents, [people]);
  if (row === undefined) throw new Error("The database did not say what it holds.");
  return row;
}
