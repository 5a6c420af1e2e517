import type { Instant } from "../time/london-time.ts";

/** What all messages need, so that there is no use in trying others when it is down (spec 5.2). */
export const sharedDependencies = ["database", "mpc", "auth"] as const;

/** See {@link sharedDependencies}. */
export type SharedDependency = (typeof sharedDependencies)[number];

/** One message's use of a dependency. */
export interface Call {
  readonly dependency: SharedDependency;
  /** Whom the message is about; only compared. */
  readonly person: string;
  readonly isWell: boolean;
  readonly at: Instant;
}

/**
 * Whether messages are let in. `closed`: all are. `open`: none, until `dependency` answers a probe at `probeAt`.
 * `half-open`: `allowance` at a time; `left` of them have still to end well before twice as many are let in.
 */
export type Circuit =
  | { readonly state: "closed"; readonly seconds: readonly Second[] }
  | Broken
  | (Omit<Broken, "state"> & { readonly state: "half-open"; readonly allowance: number; readonly left: number });

// Calls are added up by the second: in a burst there are tens of thousands of them in the window.
interface Second {
  readonly dependency: SharedDependency;
  readonly second: number;
  readonly calls: number;
  /** Whom the calls that failed were about, one for each call. */
  readonly failed: readonly string[];
}

interface Broken {
  readonly state: "open";
  readonly dependency: SharedDependency;
  readonly since: Instant;
  readonly probeAt: Instant;
  /** Probes and trials that have failed in a row. */
  readonly failures: number;
}

const window = { seconds: 30, calls: 10, people: 5, share: 0.5 };
// So many at once are trusted with the rest: on a quiet queue a trial of all that could be in work would last for hours.
const enough = 8;
const pause = { first: 1_000, longest: 60_000 };

/** The circuit that lets all messages in. */
export const closedCircuit: Circuit = { state: "closed", seconds: [] };

/** The circuit after one message used a dependency. `concurrency` is how many messages are in work at once in good times. */
export function recordCall(circuit: Circuit, call: Call, concurrency: number): Circuit {
  if (circuit.state === "closed") return recordInGoodTimes(circuit.seconds, call);
  if (circuit.state === "open" || call.dependency !== circuit.dependency) return circuit;
  if (!call.isWell) return reopen(circuit, call.at);
  if (circuit.left > 1) return { ...circuit, left: circuit.left - 1 };
  const allowance = circuit.allowance * 2;
  return allowance > Math.min(concurrency, enough) ? closedCircuit : { ...circuit, allowance, left: allowance };
}

function recordInGoodTimes(earlier: readonly Second[], call: Call): Circuit {
  const seconds = addCall(earlier, call);
  if (call.isWell || !failsForEverybody(seconds.filter(({ dependency }) => dependency === call.dependency))) {
    return { state: "closed", seconds };
  }
  const { dependency, at } = call;
  return { state: "open", dependency, since: at, probeAt: at + pause.first, failures: 0 };
}

function addCall(earlier: readonly Second[], { dependency, person, isWell, at }: Call): readonly Second[] {
  const second = Math.floor(at / 1000);
  const failed = isWell ? [] : [person];
  const recent = earlier.filter((one) => one.second > second - window.seconds);
  const isNow = (one: Second) => one.second === second && one.dependency === dependency;
  if (!recent.some(isNow)) return [...recent, { dependency, second, calls: 1, failed }];
  return recent.map((one) => (isNow(one) ? { ...one, calls: one.calls + 1, failed: [...one.failed, ...failed] } : one));
}

/**
 * Looks at the last second, the last two, and so on: after a busy half minute that went well, a dependency that fails would
 * else have to fail for as many messages again, and each would cost receives.
 */
function failsForEverybody(seconds: readonly Second[]): boolean {
  let calls = 0;
  const failed: string[] = [];
  return seconds.toReversed().some((one) => {
    calls += one.calls;
    failed.push(...one.failed);
    const isOften = calls >= window.calls && failed.length >= calls * window.share;
    return isOften && new Set(failed).size >= window.people;
  });
}

/** The circuit after the dependency was asked whether it is well. */
export function recordProbe(circuit: Circuit, isWell: boolean, at: Instant): Circuit {
  if (circuit.state !== "open") return circuit;
  return isWell ? { ...circuit, state: "half-open", allowance: 1, left: 1 } : reopen(circuit, at);
}

function reopen({ dependency, since, failures }: Omit<Broken, "state">, at: Instant): Circuit {
  const wait = Math.min(pause.first * 2 ** (failures + 1), pause.longest);
  return { state: "open", dependency, since, probeAt: at + wait, failures: failures + 1 };
}

/** How many messages may be in hand at once; null for as many as there is room for. */
export function allowanceOf(circuit: Circuit): number | null {
  if (circuit.state === "closed") return null;
  return circuit.state === "open" ? 0 : circuit.allowance;
}
