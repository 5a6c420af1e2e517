import { setTimeout as wait } from "node:timers/promises";
import { DependencyError } from "./dependency-error.ts";

/**
 * What a failed dependency means for the work that met it. `passing`: the same may succeed within moments. `contested`: the
 * same, but where it stands after the repeats it is a refusal. `refusal`: the database does not take this data, and
 * never will. `outage`: the dependency is in trouble, and the work is for later.
 */
export type FailureKind = "passing" | "contested" | "refusal" | "outage";

interface Failure {
  readonly kind: FailureKind;
  /** Milliseconds before the same is tried again; null where that would not help. */
  readonly pause: number | null;
}

const passing = (pause: number): Failure => ({ kind: "passing", pause });
const contested = (pause: number): Failure => ({ kind: "contested", pause });
const refusal: Failure = { kind: "refusal", pause: null };
const outage: Failure = { kind: "outage", pause: null };

/** The SQL state that our own functions raise where a code value is missing that a row needs. */
const missingCodeClass = "MPC01";

/**
 * The failures that are no outage, by class: the one table of them. Others write Delius too: most of these say "someone
 * was faster" or "not now" (rule D8).
 */
const failures: ReadonlyMap<string, Failure> = new Map([
  ["0A000", passing(10)], // a column was altered: a new connection plans its statements anew
  ["40001", passing(10)], // serialization failure, also a stale row_version
  ["40P01", passing(20)], // deadlock
  ["55P03", passing(50)], // lock not available in time
  ["26000", passing(10)], // a failure before it on the connection kept the statement from being prepared
  ["25P03", passing(10)], // we stood still in a transaction until the server ended it
  ["57P01", passing(100)], // the server ends all sessions, to stop or to hand over
  ["57P02", passing(100)], // another session crashed, and the server begins anew
  ["57P03", passing(100)], // the server does not take sessions yet
  ["ECONNREFUSED", passing(100)],
  ["ECONNRESET", passing(50)],
  ["UND_ERR_SOCKET", passing(50)], // the other side closed the connection in the middle
  ["HTTP 502", passing(100)],
  ["23P01", contested(10)], // exclusion constraint: another hand opened a period meanwhile
  ["23505", contested(10)], // unique: another hand wrote the same key date, or opened an RO, meanwhile
  [missingCodeClass, contested(10)], // a code value went away after it was read: read anew, it is known to be missing
  ["23502", refusal], // not null
  ["23503", refusal], // foreign key
  ["23514", refusal], // check
  ["22001", refusal], // longer than its column
]);

const maxTries = 3;

/** The database stops, hands over or begins anew. */
const awayClasses: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "ECONNREFUSED", "ECONNRESET"]);

// A failover takes half a minute, and a restart seldom more than one; two minutes in all.
const awayPauses = [100, 200, 400, 800, 1_600, 3_200, 6_400, ...Array.from({ length: 11 }, () => 10_000)];

function failureOf(error: unknown): Failure {
  return (error instanceof DependencyError ? failures.get(error.errorClass) : undefined) ?? outage;
}

/** What a failure means; anything that is not a `DependencyError` is no failure of this kind, and counts as an outage. */
export function classifyFailure(error: unknown): FailureKind {
  return failureOf(error).kind;
}

/** Whether the same may be tried again within moments. */
export function isPassing(error: unknown): boolean {
  return failureOf(error).pause !== null;
}

/** What a repetition is made with. */
export interface Repeating {
  readonly signal: AbortSignal;
  readonly random: () => number;
}

/**
 * Does work, and again after each pause in milliseconds that `pauseAfter` answers for what it raised and how often it was
 * tried; raises that where it answers null.
 */
export async function retry<Value>(
  work: () => Promise<Value>,
  pauseAfter: (error: unknown, tries: number) => number | null,
  signal: AbortSignal,
): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const pause = pauseAfter(error, tries);
      if (pause === null) throw error;
      await wait(pause, undefined, { signal });
    }
  }
}

/** Does work again after each pause that `pauseAfter` answers, of which every one is shorter or longer by up to half of it. */
function repeatAfter(pauseAfter: Parameters<typeof retry>[1]) {
  return <Value>(work: () => Promise<Value>, { signal, random }: Repeating): Promise<Value> =>
    retry(
      work,
      (error, tries) => {
        const pause = pauseAfter(error, tries);
        return pause === null ? null : pause * (0.5 + random());
      },
      signal,
    );
}

/** Does work, and up to twice more after a short jittered wait while it fails in a way that passes. */
export const repeatPassing = repeatAfter((error, tries) => {
  const { pause } = failureOf(error);
  return pause === null || tries === maxTries ? null : pause * tries;
});

/** Does work, and again for about two minutes while the database is away: for long work that no one waits for. */
export const repeatWhileAway = repeatAfter((error, tries) => {
  const isAway =
    error instanceof DependencyError && error.dependency === "database" && awayClasses.has(error.errorClass);
  return isAway ? (awayPauses[tries - 1] ?? null) : null;
});
