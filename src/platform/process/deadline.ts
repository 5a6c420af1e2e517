import { setTimeout as wait } from "node:timers/promises";

/** Someone did not answer in time. */
export class LateError extends Error {
  override readonly name = "LateError";
  /** As Node calls it where a connection is late. */
  readonly code = "ETIMEDOUT";
}

/** What the work answers, or {@link LateError} when it takes longer; then no one waits for it any more. */
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

/** A time limit on work. Dispose it when the work has ended. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A limit whose signal aborts with the given one, or after so long. Unlike `AbortSignal.timeout`, it leaves no timer
 * behind: under load there would be tens of thousands, each with all that its work held.
 */
export function limitTime(milliseconds: number, outer: AbortSignal): TimeLimit {
  const own = new AbortController();
  const end = () => own.abort(outer.reason);
  const timer = setTimeout(() => own.abort(new DOMException("its time is up", "TimeoutError")), milliseconds);
  outer.addEventListener("abort", end, { once: true });
  if (outer.aborted) end();
  return {
    signal: own.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      outer.removeEventListener("abort", end);
    },
  };
}

/**
 * What the work answers, or the reason of the signal as soon as that aborts; then no one waits for the work any more. For what
 * does not hear of the signal, or not soon enough.
 */
export async function answerUnlessAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abandon = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abandon, { once: true });
  if (signal.aborted) abandon();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abandon);
  }
}
