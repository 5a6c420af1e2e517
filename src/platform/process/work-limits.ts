import { setTimeout as wait } from "node:timers/promises";
import { DependencyError, type Dependency } from "./dependency-error.ts";
import { decodeStrictly, followDepth } from "./strict-text.ts";
import { createPlaces, type Place } from "./work-places.ts";

// What work is limited to: how long it takes, how much of it goes on at once, how much it may bring back, and to one read for all that
// wait for one.

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

/** Makes a call when it is its turn; raises the signal's reason when that aborts before. */
export type TakeTurn = <Value>(call: () => Promise<Value>, signal: AbortSignal) => Promise<Value>;

/**
 * Lets at most so many calls be under way at once, the first first. A call that is overtaken by as many others is hanging: it goes on
 * beside them, so that a few that are never answered hold up no one.
 */
export function limitCalls({ calls, hanging }: { readonly calls: number; readonly hanging: number }): TakeTurn {
  const places = createPlaces({ overtakenBy: calls, maxOvertaken: hanging });
  const waiting = new Set<(place: Place) => void>();
  const beginNext = (): void => {
    for (const begin of waiting) {
      const place = places.take(calls);
      if (place === null) return;
      waiting.delete(begin);
      begin(place);
    }
  };
  return async (call, signal) => {
    signal.throwIfAborted();
    const { promise: turn, resolve: begin, reject } = Promise.withResolvers<Place>();
    const giveUp = (): void => {
      if (waiting.delete(begin)) reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    waiting.add(begin);
    beginNext();
    const place = await turn;
    signal.removeEventListener("abort", giveUp);
    try {
      return await call();
    } finally {
      place.leave();
      beginNext();
    }
  };
}

/** Reads values for keys, in the order of the keys. */
export type ReadAll<Key, Value> = (keys: readonly Key[]) => Promise<readonly Value[]>;

/** How reads are shared. */
export interface CoalescingSettings {
  /** Keys in one read at most; a single call with more keys is read whole. */
  readonly most: number;
  /** Reads under way at once. */
  readonly parallel: number;
  /** How many milliseconds a call waits for others, where it is in no hurry; only for those of its turn by default. */
  readonly gatherMs?: number;
}

interface Call<Key, Value> {
  readonly keys: readonly Key[];
  readonly resolve: (values: readonly Value[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets calls that wait at the same moment share one read, so that load makes reads larger and not more. Calls of one
 * turn of the event loop, and those that come while all reads are under way, travel together. When what is
 * read from fails, each call that shared the read fails; when one call's own data cannot be read, the others do not.
 */
export function coalesce<Key, Value>(
  read: ReadAll<Key, Value>,
  { most, parallel, gatherMs }: CoalescingSettings,
): ReadAll<Key, Value> {
  const waiting: Call<Key, Value>[] = [];
  let active = 0;
  let isScheduled = false;
  const pump = (): void => {
    isScheduled = false;
    while (active < parallel && waiting.length > 0) {
      active += 1;
      let keys = 0;
      const past = waiting.findIndex((call, index) => {
        keys += call.keys.length;
        return index > 0 && keys > most;
      });
      const calls = waiting.splice(0, past === -1 ? waiting.length : past);
      void readTogether(read, calls).finally(() => {
        active -= 1;
        pump();
      });
    }
  };
  return (keys) =>
    new Promise((resolve, reject) => {
      waiting.push({ keys, resolve, reject });
      if (isScheduled || active >= parallel) return;
      isScheduled = true;
      if (gatherMs === undefined) setImmediate(pump);
      else setTimeout(pump, gatherMs);
    });
}

async function readTogether<Key, Value>(read: ReadAll<Key, Value>, calls: readonly Call<Key, Value>[]): Promise<void> {
  try {
    const values = await read(calls.flatMap(({ keys }) => keys));
    let from = 0;
    for (const { keys, resolve } of calls) {
      resolve(values.slice(from, from + keys.length));
      from += keys.length;
    }
  } catch (error) {
    const isOfOne = calls.length > 1 && !(error instanceof DependencyError);
    if (isOfOne) for (const call of calls) await readTogether(read, [call]);
    else calls.forEach(({ reject }) => reject(error));
  }
}

/** Whose answer it is, and how many bytes of it are read at most. */
export interface BodyLimit {
  readonly dependency: Dependency;
  readonly bytes: number;
}

/**
 * Reads the body of an answer as text. Raises `DependencyError` when it is longer than its limit, not UTF-8, or JSON that is nested
 * so deeply that parsing it would hold up everything else.
 */
export async function readCapped(
  body: AsyncIterable<Uint8Array> | null,
  { dependency, bytes }: BodyLimit,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  const isTooDeep = followDepth();
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > bytes) throw new DependencyError(dependency, "answer too large");
    if (isTooDeep(chunk)) throw new DependencyError(dependency, "answer nested too deeply");
    chunks.push(chunk);
  }
  try {
    return decodeStrictly(Buffer.concat(chunks));
  } catch (error) {
    throw new DependencyError(dependency, "answer is not UTF-8", error);
  }
}
