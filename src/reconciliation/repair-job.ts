import type { Executor } from "../adapters/database.ts";
import { errorClassOf } from "../adapters/dependency-error.ts";
import type { Log } from "../adapters/log.ts";
import type { QueueAdmin } from "../adapters/queue-admin.ts";
import { repeat } from "../adapters/repetition.ts";
import { carryOn, type Sending } from "./refresh-job.ts";
import { listRepairs } from "./refresh-store.ts";
import { claimDueRepair, extendRepairClaim, type RepairRun } from "./repair-store.ts";

/** What the sending of repairs is built from. */
export interface RepairJobSettings {
  readonly database: Executor;
  readonly queue: Pick<QueueAdmin, "send">;
  /** Whether the intake runs: nothing is sent while it is paused. */
  readonly isRunning: () => Promise<boolean>;
  readonly log: Log;
  readonly clock: () => number;
  readonly random: () => number;
  readonly times?: RepairTimes;
}

/** How often is looked for repairs and for what is settled, how long a claim holds, and a message is waited for. */
export interface RepairTimes {
  readonly lookMs: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly patienceMs: number;
}

/** A job that runs until it is disposed. */
export interface RepairJob extends AsyncDisposable {
  start(): void;
}

const standardTimes: RepairTimes = { lookMs: 2_000, leaseMs: 60_000, pollMs: 250, patienceMs: 1_800_000 };

/**
 * Sends the repairs that operators ordered, as `npm run reconcile -- --repair` does (spec 7.5). Every replica has one; a
 * repair is sent by whoever claims it, and gone on with by another when that one dies. Dispose breaks it off.
 */
export function createRepairJob(settings: RepairJobSettings): RepairJob {
  const { log, random, times = standardTimes } = settings;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const pause = () => times.lookMs * (0.5 + random());
  const fail = (error: unknown) => log.warn({ errorClass: errorClassOf(error) }, "repairs have to wait");
  return {
    start: () => {
      running = repeat((signal) => sendDueRepairs(settings, signal), { first: 0, pause, fail }, stopping.signal);
    },
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return running;
    },
  };
}

/** Sends every repair that is due, one after the other. Raises `DependencyError`: the rest is sent another time. */
export async function sendDueRepairs(settings: RepairJobSettings, signal: AbortSignal): Promise<void> {
  const { database, log, times = standardTimes } = settings;
  while (!signal.aborted) {
    const run = await claimDueRepair(database, times.leaseMs);
    if (run === null) return;
    const { refreshRun, reconciliationRun, dryRun } = run;
    const { sent } = await holdClaim(settings, run, () => sendRepair(settings, run, signal));
    log.info({ refreshRun, reconciliationRun, dryRun, sent }, "repair sent");
  }
}

function sendRepair(settings: RepairJobSettings, run: RepairRun, signal: AbortSignal) {
  const { times = standardTimes } = settings;
  const { reconciliationRun: runId, removeStale } = run;
  const next: Sending["order"]["next"] = (after, most) =>
    listRepairs(settings.database, { runId, removeStale }, { after, most });
  return carryOn({ ...settings, ...times, onProgress: () => undefined }, { run, order: { ...run, next } }, signal);
}

/** Renews the claim for as long as the work goes on, which may be hours where the intake is paused. */
async function holdClaim<Value>(
  { database, log, times = standardTimes }: RepairJobSettings,
  { refreshRun }: RepairRun,
  work: () => Promise<Value>,
): Promise<Value> {
  const { leaseMs } = times;
  const ended = new AbortController();
  const pause = () => leaseMs / 3;
  const fail = (error: unknown) =>
    log.warn({ refreshRun, errorClass: errorClassOf(error) }, "a repair could not be held");
  const extend = () => extendRepairClaim(database, refreshRun, leaseMs);
  const holding = repeat(extend, { first: pause(), pause, fail }, ended.signal);
  try {
    return await work();
  } finally {
    ended.abort();
    await holding;
  }
}
