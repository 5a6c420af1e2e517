import { setTimeout as wait } from "node:timers/promises";
import { answerWithin } from "../adapters/deadline.ts";
import type { Dependency } from "../adapters/dependency-error.ts";
import type { Log } from "../adapters/log.ts";
import {
  allowanceOf,
  closedCircuit,
  recordCall,
  recordProbe,
  sharedDependencies,
  type Circuit,
  type SharedDependency,
} from "./circuit.ts";

/** Says how much the intake lets in: all, a little while a dependency is on trial, or nothing (spec 5.2, 5.3). */
export interface Gate {
  /** How many messages may be in hand at once; null for as many as there is room for. */
  allowance(): number | null;
  /** An operator has paused the intake: what has begun goes on, nothing is received or begun. */
  isPaused(): boolean;
  /** A dependency served a message. */
  recordWell(dependency: SharedDependency): void;
  /** A dependency failed for a message about this person. */
  recordFailure(dependency: Dependency, person: string): void;
  onChange(listener: () => void): void;
}

/** A gate that minds itself until it is disposed. */
export interface MindedGate extends Gate, AsyncDisposable {
  start(): void;
  /** What to show of it. */
  describe(): { readonly state: "running" | "paused" | "waiting"; readonly waitsFor?: SharedDependency };
}

/** What a gate is built from. */
export interface GateSettings {
  readonly concurrency: number;
  readonly clock: () => number;
  readonly random: () => number;
  readonly log: Log;
  /** Whether an operator has paused the intake; every replica asks (spec 2.5). */
  readonly readIsPaused: () => Promise<boolean>;
  /** Raises when a dependency is not well. */
  readonly probe: (dependency: SharedDependency) => Promise<unknown>;
}

// What does not answer a question as small as these in time is down, and holds up nobody.
const milliseconds = { look: 1_000, betweenReads: 3_000, patience: 1_000 };

interface Watch extends GateSettings {
  circuit: Circuit;
  isPaused: boolean;
  readAt: number;
  readonly listeners: (() => void)[];
}

/** Makes a gate, open until something is known against it. Dispose ends its minding. */
export function createGate(settings: GateSettings): MindedGate {
  const watch: Watch = { ...settings, circuit: closedCircuit, isPaused: false, readAt: -Infinity, listeners: [] };
  const stopping = new AbortController();
  let minding: Promise<void> = Promise.resolve();
  const record = (dependency: SharedDependency, person: string, isWell: boolean) => {
    const call = { dependency, person, isWell, at: settings.clock() };
    change(watch, { circuit: recordCall(watch.circuit, call, settings.concurrency) });
  };
  return {
    allowance: () => allowanceOf(watch.circuit),
    isPaused: () => watch.isPaused,
    recordWell: (dependency) => record(dependency, "", true),
    recordFailure: (dependency, person) => {
      const shared = sharedDependencies.find((one) => one === dependency);
      if (shared !== undefined) record(shared, person, false);
    },
    onChange: (listener) => void watch.listeners.push(listener),
    describe: () => describe(watch),
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
  if (circuit.state === "closed") return { state: "running" } as const;
  return { state: "waiting", waitsFor: circuit.dependency } as const;
}

async function mind(watch: Watch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all([readPause(watch), probe(watch)]);
    // Replicas that lost the same dependency do not all come back at one moment.
    await wait(milliseconds.look * watch.random(), undefined, { signal }).catch(() => undefined);
  }
}

async function readPause(watch: Watch): Promise<void> {
  if (watch.clock() - watch.readAt < milliseconds.betweenReads) return;
  watch.readAt = watch.clock();
  try {
    change(watch, { isPaused: await answerWithin(milliseconds.patience, watch.readIsPaused()) });
  } catch {
    // The database is down: what was known last goes on, and the circuit sees to the rest.
  }
}

async function probe(watch: Watch): Promise<void> {
  const { circuit, clock } = watch;
  if (circuit.state !== "open" || clock() < circuit.probeAt) return;
  const isWell = await answerWithin(milliseconds.patience, watch.probe(circuit.dependency)).then(
    () => true,
    () => false,
  );
  change(watch, { circuit: recordProbe(watch.circuit, isWell, clock()) });
}

function change(watch: Watch, changed: { readonly circuit?: Circuit; readonly isPaused?: boolean }): void {
  const before = [allowanceOf(watch.circuit), watch.isPaused];
  Object.assign(watch, changed);
  const after = [allowanceOf(watch.circuit), watch.isPaused];
  if (before.every((value, index) => value === after[index])) return;
  const { state, waitsFor } = { waitsFor: null, ...describe(watch) };
  watch.log.warn({ state, dependency: waitsFor, allowance: allowanceOf(watch.circuit) }, "the intake changed");
  watch.listeners.forEach((listener) => listener());
}
