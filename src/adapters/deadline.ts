import { setTimeout as wait } from "node:timers/promises";

/** Somebody did not answer in time. */
export class LateError extends Error {
  override readonly name = "LateError";
  /** As Node calls it where a connection is late. */
  readonly code = "ETIMEDOUT";
}

/** What the work answers, or {@link LateError} when it takes longer; then nobody waits for it any more. */
export async function answerWithin<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  const answered = new AbortController();
  const giveUp = async (): Promise<never> => {
    await wait(milliseconds, undefined, { signal: answered.signal });
    throw new LateError(`no answer within ${milliseconds} ms`);
  };
  try {
    return await Promise.race([work, giveUp()]);
  } finally {
    answered.abort();
  }
}
