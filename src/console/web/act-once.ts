import { setTimeout as wait } from "node:timers/promises";
import type { Executor } from "../../platform/database/database.ts";
import { findForm, releaseForm, takeForm, updateForm, type FormResult } from "./form-store.ts";

/** A form that was sent, and what it does. */
export interface SentForm {
  readonly formId: string;
  readonly act: () => Promise<FormResult>;
  /** Where its sender is led while no one knows what the form came to: a page that can be opened. */
  readonly page: string;
  /** Milliseconds for which one who sends it again waits for what the first sending comes to. */
  readonly patienceMs: number;
}

const pauseMs = 100;

/**
 * Acts for a form once, however often it is sent: anyone who sends it again is led where the first sender was. Where the act
 * raises, the form may be sent again.
 */
export async function actOnce(executor: Executor, form: SentForm): Promise<FormResult> {
  const { isFirst, result } = await takeForm(executor, form.formId);
  if (!isFirst) return result ?? awaitResult(executor, form);
  const done = await actOrRelease(executor, form);
  await updateForm(executor, form.formId, done);
  return done;
}

async function actOrRelease(executor: Executor, { formId, act }: SentForm): Promise<FormResult> {
  try {
    return await act();
  } catch (error) {
    // Where this fails too, the form stays taken: its sender is led to its page, which writes another.
    await releaseForm(executor, formId).catch(() => undefined);
    throw error;
  }
}

async function awaitResult(executor: Executor, { formId, page, patienceMs }: SentForm): Promise<FormResult> {
  for (let waited = 0; ; waited += pauseMs) {
    const taken = await findForm(executor, formId);
    if (taken === null) return { location: page, notice: failed };
    if (taken.result !== null) return taken.result;
    if (waited >= patienceMs) return { location: page, notice: underWay };
    await wait(pauseMs);
  }
}

const failed = {
  kind: "information",
  title: "It could not be done",
  text: "This was sent twice, and the first attempt failed. Look at how things stand here before you send it again.",
} as const;

const underWay = {
  kind: "information",
  title: "This was already sent",
  text: "It may still be under way. Look at how things stand here and under Actions before you send it again.",
} as const;
