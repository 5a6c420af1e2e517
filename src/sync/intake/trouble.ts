import type { Uptime } from "../../platform/time/uptime.ts";

// What fails, of two kinds: something that all messages need, which opens the circuit, or the messages of some people, which do not.

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
  const { dependency, isWell, at } = call;
  if (circuit.state === "closed") {
    const results = addResult(circuit.results[dependency], call);
    if (!isWell && failsInGeneral(results)) {
      const allowance = Math.min(trial.inDoubt, concurrency);
      return { state: "on trial", dependency, pauses: 0, since: at, allowance, results: [] };
    }
    return { state: "closed", results: { ...circuit.results, [dependency]: results } };
  }
  if (circuit.state === "open" || dependency !== circuit.dependency) return circuit;
  return recordOnTrial(circuit, call, concurrency);
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

/** What goes well and what does not, for `/health` and for telling trouble with some people from an outage. */
export interface Condition {
  received(): void;
  receiveFailed(errorClass: string): void;
  settled(person: string): void;
  failed(person: string, dependency: string, errorClass: string): void;
  /** What failed the last message about this person; null when nothing did. */
  failedBy(person: string): string | null;
  /** How many people each dependency fails, by their last messages. */
  failingFor(): Readonly<Record<string, number>>;
  /** Why nothing has been received, or nothing settled, for a minute or more; null when something has. */
  standstill(): string | null;
}

// Fewer may be bad cases, and all that came by.
const peopleInGeneral = 3;
// What has not been tried for a quarter of an hour is not known to fail any more. People are remembered for longer than the longest
// wait between two attempts at a message.
const milliseconds = { lasting: 60_000, forgotten: 900_000, remembered: 3_600_000 };
const maxRemembered = 10_000;

/** Something that keeps failing; null when it does not. Times are readings of `Uptime`. */
type Failing = { readonly since: number; readonly last: number; readonly reason: string } | null;

/** What failed the last message about a person. */
interface Trouble {
  readonly dependency: string;
  readonly at: number;
}

/** Keeps the condition of an intake: people for an hour after their last failure; of very many, the latest. */
export function watchCondition(uptime: Uptime): Condition {
  const troubled = new Map<string, Trouble>();
  let receiving: Failing = null;
  let settling: Failing = null;
  const isRecent = ({ at }: Trouble) => uptime() - at < milliseconds.remembered;
  const failingFor = () => countTroubles([...troubled.values()].filter(isRecent));
  return {
    received: () => (receiving = null),
    receiveFailed: (errorClass) => (receiving = failAgain(receiving, `queue: ${errorClass}`, uptime())),
    settled: (person) => {
      troubled.delete(person);
      settling = null;
    },
    failed: (person, dependency, errorClass) => {
      settling = failAgain(settling, `${dependency}: ${errorClass}`, uptime());
      troubled.delete(person);
      troubled.set(person, { dependency, at: uptime() });
      const [oldest] = troubled.keys();
      if (troubled.size > maxRemembered && oldest !== undefined) troubled.delete(oldest);
    },
    failedBy: (person) => {
      const trouble = troubled.get(person);
      return trouble !== undefined && isRecent(trouble) ? trouble.dependency : null;
    },
    failingFor,
    standstill: () => {
      const people = Object.values(failingFor()).reduce((sum, count) => sum + count, 0);
      return (
        findStandstill(receiving, uptime()) ?? (people >= peopleInGeneral ? findStandstill(settling, uptime()) : null)
      );
    },
  };
}

function countTroubles(troubles: readonly Trouble[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { dependency } of troubles) counts[dependency] = (counts[dependency] ?? 0) + 1;
  return counts;
}

function isKnown(failing: Failing, at: number): failing is NonNullable<Failing> {
  return failing !== null && at - failing.last < milliseconds.forgotten;
}

function failAgain(failing: Failing, reason: string, at: number): Failing {
  return { since: isKnown(failing, at) ? failing.since : at, last: at, reason };
}

/** Why nothing has been possible, once that has lasted a minute; null when it has not. */
function findStandstill(failing: Failing, at: number): string | null {
  return isKnown(failing, at) && at - failing.since >= milliseconds.lasting ? failing.reason : null;
}
