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
  | { readonly state: "closed"; readonly calls: readonly Call[] }
  | Broken
  | (Omit<Broken, "state"> & { readonly state: "half-open"; readonly allowance: number; readonly left: number });

interface Broken {
  readonly state: "open";
  readonly dependency: SharedDependency;
  readonly since: Instant;
  readonly probeAt: Instant;
  /** Probes and trials that have failed in a row. */
  readonly failures: number;
}

const window = { milliseconds: 30_000, calls: 10, people: 5, share: 0.5 };
const pause = { first: 1_000, longest: 60_000 };

/** The circuit that lets all messages in. */
export const closedCircuit: Circuit = { state: "closed", calls: [] };

/** The circuit after one message used a dependency. `concurrency` is how many messages are in work at once in good times. */
export function recordCall(circuit: Circuit, call: Call, concurrency: number): Circuit {
  if (circuit.state === "closed") return recordInGoodTimes(circuit.calls, call);
  if (circuit.state === "open" || call.dependency !== circuit.dependency) return circuit;
  if (!call.isWell) return reopen(circuit, call.at);
  if (circuit.left > 1) return { ...circuit, left: circuit.left - 1 };
  const allowance = circuit.allowance * 2;
  return allowance > concurrency ? closedCircuit : { ...circuit, allowance, left: allowance };
}

function recordInGoodTimes(earlier: readonly Call[], call: Call): Circuit {
  const calls = [...earlier.filter(({ at }) => at > call.at - window.milliseconds), call];
  if (call.isWell) return { state: "closed", calls };
  const same = calls.filter(({ dependency }) => dependency === call.dependency);
  const failed = same.filter(({ isWell }) => !isWell);
  const people = new Set(failed.map(({ person }) => person));
  const isForEverybody =
    same.length >= window.calls && people.size >= window.people && failed.length >= same.length * window.share;
  if (!isForEverybody) return { state: "closed", calls };
  const { dependency, at } = call;
  return { state: "open", dependency, since: at, probeAt: at + pause.first, failures: 0 };
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
