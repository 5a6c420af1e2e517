import { setTimeout as wait } from "node:timers/promises";
import type { Uptime } from "../../platform/time/uptime.ts";
import { answerWithin } from "../../platform/process/work-limits.ts";
import type { Dependency } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import {
  allowanceOf,
  awaitedOf,
  closedCircuit,
  recordCall,
  recordProbe,
  sharedDependencies,
  stateOf,
  type Call,
  type Circuit,
  type SharedDependency,
} from "./trouble.ts";

/** Says how much the intake lets in: all, a little while a dependency is on trial, or nothing. */
export interface Gate {
  /** How many messages may be in hand at once; null for as many as there is room for. */
  allowance(): number | null;
  /** An operator has paused the intake: what has begun goes on, nothing is received or begun. */
  isPaused(): boolean;
  /** A dependency served a message. */
  recordWell(dependency: SharedDependency, use: Use): void;
  /** A dependency failed for a message. */
  recordFailure(dependency: Dependency, use: Use): void;
  /** Called when more or less is let in, and now and then while a dependency is on trial. */
  onChange(listener: () => void): void;
}

/** The message that uses a dependency. */
export interface Use extends Pick<Call, "person" | "begunAt"> {
  /** What failed the last message about this person; null when nothing did, as far as is known. */
  readonly failedBy: string | null;
}

/** A gate that minds itself until it is disposed. */
export interface MindedGate extends Gate, AsyncDisposable {
  start(): void;
  /** What to show of it. */
  describe(): { readonly state: "running" | "paused" | "waiting"; readonly waitsFor?: SharedDependency };
  /** Whether a dependency keeps messages out. */
  stateOf(dependency: SharedDependency): Circuit["state"];
}

/** What a gate is built from. */
export interface GateSettings {
  readonly concurrency: number;
  readonly uptime: Uptime;
  readonly random: () => number;
  readonly log: Log;
  /** Whether an operator has paused the intake; every replica asks. */
  readonly readIsPaused: () => Promise<boolean>;
  /** Raises when a dependency is not well. */
  readonly probe: (dependency: SharedDependency) => Promise<unknown>;
}

// What does not answer a question as small as these in time is down, and holds up no one.
const milliseconds = { look: 1_000, betweenReads: 3_000, patience: 1_000 };

interface Watch extends GateSettings {
  circuit: Circuit;
  isPaused: boolean;
  readAt: number;
  /** Makes the minding look at once. */
  wake: () => void;
  readonly listeners: (() => void)[];
}

/** Makes a gate, open until something is known against it. Dispose ends its minding. */
export function createGate(settings: GateSettings): MindedGate {
  const watch: Watch = {
    ...settings,
    circuit: closedCircuit,
    isPaused: false,
    readAt: -Infinity,
    wake: () => undefined,
    listeners: [],
  };
  const stopping = new AbortController();
  let minding: Promise<void> = Promise.resolve();
  const record = (dependency: SharedDependency, { failedBy, ...use }: Use, isWell: boolean) => {
    const call = { ...use, dependency, isWell, hasFailed: failedBy === dependency, at: settings.uptime() };
    change(watch, { circuit: recordCall(watch.circuit, call, settings.concurrency) });
  };
  return {
    allowance: () => allowanceOf(watch.circuit),
    isPaused: () => watch.isPaused,
    recordWell: (dependency, use) => record(dependency, use, true),
    recordFailure: (dependency, use) => {
      const shared = sharedDependencies.find((one) => one === dependency);
      if (shared !== undefined) record(shared, use, false);
    },
    onChange: (listener) => void watch.listeners.push(listener),
    describe: () => describe(watch),
    stateOf: (dependency) => stateOf(watch.circuit, dependency),
    start: () => {
      minding = mind(watch, stopping.signal);
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await minding;
    },
  };
}

function describe({ circuit, isPaused }: Watch) {
  if (isPaused) return { state: "paused" } as const;
  const awaited = awaitedOf(circuit);
  return awaited === null ? ({ state: "running" } as const) : ({ state: "waiting", waitsFor: awaited } as const);
}

async function mind(watch: Watch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const nap = new AbortController();
    watch.wake = () => nap.abort();
    await Promise.all([readPause(watch), probe(watch)]);
    // Time alone lets a message have its turn then.
    if (watch.circuit.state === "on trial") watch.listeners.forEach((listener) => listener());
    // Replicas that lost the same dependency do not all come back at one moment.
    const asleep = AbortSignal.any([signal, nap.signal]);
    await wait(milliseconds.look * watch.random(), undefined, { signal: asleep }).catch(() => undefined);
  }
}

async function readPause(watch: Watch): Promise<void> {
  if (watch.uptime() - watch.readAt < milliseconds.betweenReads) return;
  watch.readAt = watch.uptime();
  try {
    change(watch, { isPaused: await answerWithin(milliseconds.patience, watch.readIsPaused()) });
  } catch {
    // The database is down: what was known last goes on, and the circuit sees to the rest.
  }
}

async function probe(watch: Watch): Promise<void> {
  const { circuit, uptime } = watch;
  if (circuit.state === "closed" || (circuit.state === "open" && uptime() < circuit.probeAt)) return;
  const isWell = await answerWithin(milliseconds.patience, watch.probe(circuit.dependency)).then(
    () => true,
    () => false,
  );
  const { dependency } = { dependency: null, ...watch.circuit };
  if (dependency === circuit.dependency) change(watch, { circuit: recordProbe(watch.circuit, isWell, uptime()) });
}

function change(watch: Watch, changed: { readonly circuit?: Circuit; readonly isPaused?: boolean }): void {
  const { circuit: before, isPaused: wasPaused } = watch;
  Object.assign(watch, changed);
  const { circuit: after, isPaused } = watch;
  if (before.state !== after.state || wasPaused !== isPaused) {
    const { dependency } = { dependency: null, ...(isPaused ? {} : after) };
    const { state } = describe(watch);
    watch.log.warn({ state, dependency, allowance: allowanceOf(after) }, "intake changed");
    // A dependency in doubt is asked at once.
    if (after.state === "on trial") watch.wake();
  } else if (allowanceOf(before) === allowanceOf(after)) return;
  watch.listeners.forEach((listener) => listener());
}
