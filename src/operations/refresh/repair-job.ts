import type { Clock, Uptime } from "../../platform/time/uptime.ts";
import type { Executor } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { QueueAdmin } from "../../platform/queue/queue-admin.ts";
import { repeat, repeatingJob, type Job } from "../../platform/process/repeating-job.ts";
import { facts } from "../../sync/fact/outcome.ts";
import { carryOn, type Sending } from "./refresh-job.ts";
import { refreshPatienceMs } from "./refresh-message.ts";
import { listRepairs } from "./refresh-store.ts";
import { listCases } from "../reconciliation/selection-store.ts";
import { claimDueRefresh, extendRepairClaim, type DueRefresh } from "./repair-store.ts";

/** What the sending of repairs is built from. */
export interface RepairJobSettings {
  readonly database: Executor;
  readonly queue: Pick<QueueAdmin, "send">;
  /** Whether the intake runs: nothing is sent while it is paused. */
  readonly isRunning: () => Promise<boolean>;
  readonly log: Log;
  readonly clock: Clock;
  readonly uptime: Uptime;
  readonly random: () => number;
  readonly times?: RepairTimes;
}

/** How often is looked for repairs and for what is settled, how long a claim holds, and a message is waited for. */
export interface RepairTimes {
  readonly lookupMs: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly patienceMs: number;
}

const standardTimes: RepairTimes = { lookupMs: 2_000, leaseMs: 60_000, pollMs: 250, patienceMs: refreshPatienceMs };

/**
 * Sends the repairs that operators ordered, as `npm run reconcile -- --repair` does, and the refreshes that were ordered and
 * not sent because a process died. Every replica has one; a
 * repair is sent by the replica that claims it, and gone on with by another when that one dies. Dispose breaks it off.
 */
export function createRepairJob(settings: RepairJobSettings): Job {
  const { log, random, times = standardTimes } = settings;
  const pause = () => times.lookupMs * (0.5 + random());
  const fail = (error: unknown) => log.warn({ errorClass: errorClassOf(error) }, "repairs failed; will retry");
  return repeatingJob((signal) => sendDueRepairs(settings, signal), { first: 0, pause, fail });
}

/** Sends every refresh that is due, one after the other. Raises `DependencyError`: the rest is sent another time. */
export async function sendDueRepairs(settings: RepairJobSettings, signal: AbortSignal): Promise<void> {
  const { database, log, times = standardTimes } = settings;
  while (!signal.aborted) {
    const run = await claimDueRefresh(database, times.leaseMs);
    if (run === null) return;
    const { refreshRun, dryRun } = run;
    const { sent, state } = await holdClaim(settings, run, () => sendRefresh(settings, run, signal));
    log.info({ refreshRun, dryRun, sent }, `refresh ${state === "finished" ? "sent" : state}`);
  }
}

// The person who ordered it looks at the run; no one watches this process.
const unwatched = { idleMs: Infinity, onWait: () => undefined, onProgress: () => undefined };

function sendRefresh(settings: RepairJobSettings, run: DueRefresh, signal: AbortSignal) {
  const { times = standardTimes } = settings;
  const order = { ...run, next: walk(settings.database, run) };
  return carryOn({ ...settings, ...times, ...unwatched }, { run, order }, signal);
}

/** The cases of a refresh, page by page. */
function walk(database: Executor, { selection, removeStale }: DueRefresh): Sending["order"]["next"] {
  if ("reconciliationRun" in selection) {
    const { reconciliationRun: runId } = selection;
    return (after, most) => listRepairs(database, { runId, removeStale }, { after, most });
  }
  return async (after, most) => {
    const found = await listCases(database, { after, most, chosen: selection, prison: null });
    return found.map((one) => ({ ...one, facts }));
  };
}

/** Renews the claim for as long as the work goes on, which may be hours where the intake is paused. */
async function holdClaim<Value>(
  { database, log, times = standardTimes }: RepairJobSettings,
  { refreshRun }: DueRefresh,
  work: () => Promise<Value>,
): Promise<Value> {
  const { leaseMs } = times;
  const ended = new AbortController();
  const pause = () => leaseMs / 3;
  const fail = (error: unknown) =>
    log.warn({ refreshRun, errorClass: errorClassOf(error) }, "a repair was not recorded");
  const extend = () => extendRepairClaim(database, refreshRun, leaseMs);
  const holding = repeat(extend, { first: pause(), pause, fail }, ended.signal);
  try {
    return await work();
  } finally {
    ended.abort();
    await holding;
  }
}
