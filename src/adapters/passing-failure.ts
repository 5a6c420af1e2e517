import { setTimeout as wait } from "node:timers/promises";
import { DependencyError } from "./dependency-error.ts";

/**
 * Failures that pass by themselves within moments, and the milliseconds to wait before the same is tried again. Others
 * write Delius too: most of these say "somebody was faster" or "not now" (spec 2.4, 5.2).
 */
const passing: ReadonlyMap<string, number> = new Map([
  ["40001", 10], // serialization failure, also a stale row_version
  ["40P01", 20], // deadlock
  ["55P03", 50], // lock not available in time
  ["23P01", 10], // exclusion constraint: another hand opened a period meanwhile
  ["23505", 10], // unique: another hand took the officer code meanwhile
  ["25P03", 10], // we stood still in a transaction until the server ended it
  ["57P01", 100], // the server ends all sessions, to stop or to hand over
  ["57P03", 100], // the server does not take sessions yet
  ["ECONNREFUSED", 100],
  ["ECONNRESET", 50],
  ["UND_ERR_SOCKET", 50], // the other side closed the connection in the middle
  ["HTTP 502", 100],
]);

const mostTries = 3;

/** Whether the same may be tried again within moments. */
export function isPassing(error: unknown): boolean {
  return pauseAfter(error) !== undefined;
}

function pauseAfter(error: unknown): number | undefined {
  return error instanceof DependencyError ? passing.get(error.errorClass) : undefined;
}

/** What a repetition is made with. */
export interface Repeating {
  readonly signal: AbortSignal;
  readonly random: () => number;
}

/** Does work, and up to twice more after a short jittered wait while it fails in a way that passes. */
export async function repeatPassing<Value>(work: () => Promise<Value>, { signal, random }: Repeating): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const pause = pauseAfter(error);
      if (pause === undefined || attempt === mostTries) throw error;
      await wait(pause * attempt * (0.5 + random()), undefined, { signal });
    }
  }
}
