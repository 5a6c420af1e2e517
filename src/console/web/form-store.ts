import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import { noticeSchema } from "../session/session.ts";

const resultSchema = z.object({ location: z.string(), notice: noticeSchema });

/** What a form came to: where its sender is led, and what is said there. */
export type FormResult = Readonly<z.infer<typeof resultSchema>>;

const takenRow = z.object({ isFirst: z.boolean(), result: resultSchema.nullable() });

/** A form that was sent: whether this is the first time, and what the first came to, once that is known. */
export type TakenForm = Readonly<z.infer<typeof takenRow>>;

const take: Statement<TakenForm, [formId: string]> = {
  name: "take-console-form",
  text: `
    with taken as (
      insert into mpc_delius.console_form (form_id) values ($1) on conflict do nothing returning form_id
    )
    select exists (select 1 from taken) as "isFirst",
      (select result from mpc_delius.console_form where form_id = $1) as result`,
  row: takenRow,
};

/** Takes a form that was sent: of several at once, on any replica, one is the first. */
export async function takeForm(executor: Executor, formId: string): Promise<TakenForm> {
  const [row] = await executor.list(take, [formId]);
  if (row === undefined) throw new Error("A form was neither taken nor found.");
  return row;
}

const update: Statement<unknown, [formId: string, result: Json<FormResult>]> = {
  name: "update-console-form",
  text: `update mpc_delius.console_form set result = $2 where form_id = $1`,
  row: z.unknown(),
};

/** Keeps what a form came to, for anyone who sends it again. */
export async function updateForm(executor: Executor, formId: string, result: FormResult): Promise<void> {
  await executor.list(update, [formId, JSON.stringify(result)]);
}

const find: Statement<{ readonly result: FormResult | null }, [formId: string]> = {
  name: "find-console-form",
  text: `select result from mpc_delius.console_form where form_id = $1`,
  row: z.object({ result: resultSchema.nullable() }),
};

/** What a taken form came to, `result` null until that is known; null where it is not taken, or was released. */
export async function findForm(
  executor: Executor,
  formId: string,
): Promise<{ readonly result: FormResult | null } | null> {
  const [row] = await executor.list(find, [formId]);
  return row ?? null;
}

const release: Statement<unknown, [formId: string]> = {
  name: "release-console-form",
  text: `delete from mpc_delius.console_form where form_id = $1 and result is null`,
  row: z.unknown(),
};

/** Lets a form be taken again that came to nothing. */
export async function releaseForm(executor: Executor, formId: string): Promise<void> {
  await executor.list(release, [formId]);
}
