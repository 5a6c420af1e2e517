import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import { actionTakenSchema, type OperatorAction, type ActionTaken } from "./action.ts";

const insert: Statement<
  { readonly id: number },
  [actor: string, action: OperatorAction["action"], reason: string | null, subject: Json<OperatorAction["subject"]>]
> = {
  name: "insert-operator-action",
  text: `
    insert into mpc_delius.operator_action (actor, action, reason, subject) values ($1, $2, $3, $4)
    returning operator_action_id as id`,
  row: z.object({ id: z.int() }),
};

/** Records what an operator does, in the transaction that does it. Answers the number of the record. */
export async function insertAction(executor: Executor, action: OperatorAction): Promise<number> {
  const { actor, action: name, reason, subject } = action;
  const [row] = await executor.list(insert, [actor, name, reason, JSON.stringify(subject)]);
  if (row === undefined) throw new Error("An action was recorded without a number.");
  return row.id;
}

const refuse: Statement<unknown, [action: number, inboxKeys: readonly string[], message: string]> = {
  name: "insert-refused-redrives",
  text: `
    insert into mpc_delius.refused_redrive (operator_action_id, inbox_key, message)
    select $1, inbox_key, $3 from unnest($2::text[]) as left_behind (inbox_key)`,
  row: z.unknown(),
};

/** Adds to the record of an action which of its messages it did not take after all, and why. */
export async function refuseRedrives(
  executor: Executor,
  action: number,
  { inboxKeys, message }: { readonly inboxKeys: readonly string[]; readonly message: string },
): Promise<void> {
  await executor.list(refuse, [action, inboxKeys, message]);
}

const numberedAction = z.object({ id: z.int(), action: actionTakenSchema });

/** An action and its number, by which it stands in the record. */
export type NumberedAction = Readonly<z.infer<typeof numberedAction>>;

const selectActions = `select operator_action_id as id, json_strip_nulls(json_build_object(
      'takenAt', taken_at, 'actor', actor, 'action', action, 'reason', reason, 'subject',
        case when refused.keys is null then subject else subject || jsonb_build_object(
          'inboxKeys', (subject -> 'inboxKeys') - refused.keys,
          'refused', coalesce(subject -> 'refused', jsonb '[]') || refused.messages) end)) as action
    from mpc_delius.operator_action
    cross join lateral (
      select array_agg(inbox_key) as keys,
        jsonb_agg(jsonb_build_object('inboxKey', inbox_key, 'message', message) order by inbox_key) as messages
      from mpc_delius.refused_redrive
      where refused_redrive.operator_action_id = operator_action.operator_action_id) refused`;

const list: Statement<NumberedAction, [before: number, most: number]> = {
  name: "list-operator-actions",
  text: `
    ${selectActions}
    where operator_action_id < $1
    order by operator_action_id desc
    fetch first $2 rows only`,
  row: numberedAction,
};

/** The newest actions before one of them. */
export function listActions(executor: Executor, before: number, most: number): Promise<readonly NumberedAction[]> {
  return executor.list(list, [before, most]);
}

const find: Statement<NumberedAction, [id: number]> = {
  name: "find-operator-action",
  text: `
    ${selectActions}
    where operator_action_id = $1`,
  row: numberedAction,
};

/** The action of this number; null where there is none, or none any more. */
export async function findAction(executor: Executor, id: number): Promise<NumberedAction | null> {
  const [found = null] = await executor.list(find, [id]);
  return found;
}

const listAbout: Statement<NumberedAction, [inboxKey: string]> = {
  name: "list-operator-actions-about",
  text: `
    ${selectActions}
    where subject -> 'inboxKeys' ? $1
    order by operator_action_id`,
  row: numberedAction,
};

/** What operators did about a message, the oldest first. */
export async function listActionsAbout(executor: Executor, inboxKey: string): Promise<readonly ActionTaken[]> {
  const found = await executor.list(listAbout, [inboxKey]);
  return found.map(({ action }) => action);
}
