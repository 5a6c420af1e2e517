/** What all messages need, so that there is no use in trying others when it is down. */
export const sharedDependencies = ["database", "mpc", "auth"] as const;

export type SharedDependency = (typeof sharedDependencies)[number];

/** One message's use of a dependency. Times are readings of `Uptime`. */
export interface Call {
  readonly dependency: SharedDependency;
  /** Whom the message is about; only compared. */
  readonly person: string;
  readonly isWell: boolean;
  /** The same dependency failed the last message about this person too. */
  readonly hasFailed: boolean;
  /** When the work on the message began. */
  readonly begunAt: number;
  readonly at: number;
}

/** The last result of each person, the latest result last. */
type Results = readonly Result[];

interface Result {
  readonly person: string;
  readonly isWell: boolean;
  readonly at: number;
}

interface Broken {
  readonly dependency: SharedDependency;
  /** How often in a row the circuit has opened, or stayed open after a probe. 0: it is in doubt and has never opened. */
  readonly pauses: number;
}

interface Open extends Broken {
  readonly state: "open";
  readonly probeAt: number;
}

interface OnTrial extends Broken {
  readonly state: "on trial";
  readonly since: number;
  readonly allowance: number;
  readonly results: Results;
}

/**
 * Whether messages are let in. `closed`: all are. `on trial`: a few at a time, which show whether `dependency` fails for
 * people in general. `open`: none, until `dependency` answers a probe at `probeAt`.
 */
export type Circuit =
  | { readonly state: "closed"; readonly results: Readonly<Record<SharedDependency, Results>> }
  | OnTrial
  | Open;

// Half a minute, or, where traffic is so dense that an outage would fail hundreds before it tips the balance, fewer people.
const window = { milliseconds: 30_000, people: 200 };
const general = { people: 10, share: 0.5 };
const trial = { inDoubt: 8, afterPause: 1, enough: 8, milliseconds: 5_000 };
// A dependency that answers probes and fails people is tried again sooner: people who could be served may be waiting.
const pause = { first: 1_000, longest: { unreachable: 60_000, reachable: 10_000 } };

/** The circuit that lets all messages in. */
export const closedCircuit: Circuit = { state: "closed", results: { database: [], mpc: [], auth: [] } };

/** The circuit after one message used a dependency. `concurrency` is how many messages are in work at once in good times. */
export function recordCall(circuit: Circuit, call: Call, concurrency: number): Circuit {
  // However often it is tried again, a failure is no more evidence than it was.
  if (call.hasFailed && !call.isWell) return circuit;
  if (circuit.state === "closed") return recordInGoodTimes(circuit.results, call, concurrency);
  if (circuit.state === "open" || call.dependency !== circuit.dependency) return circuit;
  return recordOnTrial(circuit, call, concurrency);
}

function recordInGoodTimes(
  earlier: Readonly<Record<SharedDependency, Results>>,
  call: Call,
  concurrency: number,
): Circuit {
  const { dependency, isWell, at } = call;
  const results = addResult(earlier[dependency], call);
  if (isWell || !failsInGeneral(results)) return { state: "closed", results: { ...earlier, [dependency]: results } };
  const allowance = Math.min(trial.inDoubt, concurrency);
  return { state: "on trial", dependency, pauses: 0, since: at, allowance, results: [] };
}

/** What began before the trial fails for the reason that began it, and is not counted against the dependency again. */
function recordOnTrial(circuit: OnTrial, call: Call, concurrency: number): Circuit {
  const { dependency, pauses, since, allowance } = circuit;
  const { isWell, begunAt, at } = call;
  if (!isWell && begunAt < since) return circuit;
  const results = addResult(circuit.results, call);
  if (!isWell) {
    if (!failsInGeneral(results)) return { ...circuit, results };
    return open(dependency, pauses, at + pauseAfter(pauses, pause.longest.reachable));
  }
  const failed = countFailed(results);
  const served = results.length - failed;
  // Where there is little traffic, enough calls would take for ever.
  const isEnough = served >= Math.min(trial.enough, concurrency) || at - since >= trial.milliseconds;
  if (isEnough && served > failed) return closedCircuit;
  return { ...circuit, results, allowance: Math.min(allowance + 1, concurrency) };
}

/** Each person counts once, by the last result. */
function addResult(earlier: Results, { person, isWell, at }: Call): Results {
  const others = earlier.filter((one) => one.person !== person && one.at > at - window.milliseconds);
  return [...others, { person, isWell, at }].slice(-window.people);
}

function failsInGeneral(results: Results): boolean {
  return results.length >= general.people && countFailed(results) >= results.length * general.share;
}

function countFailed(results: Results): number {
  return results.filter(({ isWell }) => !isWell).length;
}

/** The circuit after the dependency was asked whether it is well. */
export function recordProbe(circuit: Circuit, isWell: boolean, at: number): Circuit {
  if (circuit.state === "closed") return circuit;
  const { state, dependency, pauses } = circuit;
  if (!isWell) return open(dependency, pauses, at + pauseAfter(pauses, pause.longest.unreachable));
  if (state === "on trial") return circuit;
  return { state: "on trial", dependency, pauses, since: at, allowance: trial.afterPause, results: [] };
}

function open(dependency: SharedDependency, pauses: number, probeAt: number): Circuit {
  return { state: "open", dependency, pauses: pauses + 1, probeAt };
}

function pauseAfter(pauses: number, longest: number): number {
  return Math.min(pause.first * 2 ** pauses, longest);
}

/** How many messages may be in work at once; null for as many as there is room for. */
export function allowanceOf(circuit: Circuit): number | null {
  if (circuit.state === "closed") return null;
  return circuit.state === "open" ? 0 : circuit.allowance;
}

/** The dependency that messages have to wait for; null also while it is only in doubt, for then they need not. */
export function awaitedOf(circuit: Circuit): SharedDependency | null {
  return circuit.state === "closed" || circuit.pauses === 0 ? null : circuit.dependency;
}

/** The state of the circuit as far as it is about one dependency. */
export function stateOf(circuit: Circuit, dependency: SharedDependency): Circuit["state"] {
  return circuit.state !== "closed" && circuit.dependency === dependency ? circuit.state : "closed";
}
