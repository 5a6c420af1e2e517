import { setMaxListeners } from "node:events";
import type { Database, Executor } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { Span, Tracing } from "../../platform/process/tracing.ts";
import { repeat } from "../../platform/process/repeating-job.ts";
import type { Uptime } from "../../platform/time/uptime.ts";
import { facts } from "../../sync/fact/outcome.ts";
import { evenPace, type Compare } from "./comparison-handler.ts";
import { describeFindings } from "./drift-event.ts";
import { carryOn } from "./reconciliation-job.ts";
import { reportDrift, runSpan, traceFindings } from "./run-report-job.ts";
import { claimDueRun, extendRunClaim, type DueRun } from "./run-order-store.ts";

/** What carries out the runs that operators order. */
export interface OrderedRunJobSettings {
  /** For the record of the run. */
  readonly database: Database;
  /** For the cases: connections that no event waits for. */
  readonly reads: Executor;
  readonly compare: Compare;
  readonly log: Log;
  readonly tracing: Tracing;
  readonly uptime: Uptime;
  readonly random: () => number;
  readonly times?: OrderedRunTimes;
}

/** How often is looked for runs, how long a claim holds, how often it is renewed, and when differences are read again. */
export interface OrderedRunTimes {
  readonly lookupMs: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly settleMs: number;
}

const standardTimes: OrderedRunTimes = { lookupMs: 2_000, leaseMs: 60_000, renewMs: 2_000, settleMs: 10_000 };

// Half as fast as the command by default: operators and events ask Manage POM Cases meanwhile.
const reading = { callsPerSecond: 50, parallel: 4, pageSize: 50, retryMs: [1_000, 5_000] } as const;

/**
 * Carries out the reconciliations that operators order, as `npm run reconcile` does (rules R1 and R2). Every replica has one; a run
 * belongs to the replica that claims it, and another goes on with it when that one dies. Dispose breaks it off.
 */
export function createOrderedRunJob(settings: OrderedRunJobSettings): AsyncDisposable & { start(): void } {
  const { log, random, times = standardTimes } = settings;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const pause = () => times.lookupMs * (0.5 + random());
  const fail = (error: unknown) => log.warn({ errorClass: errorClassOf(error) }, "reconciliation failed; will retry");
  return {
    start: () => {
      running = repeat((signal) => runDue(settings, signal), { first: 0, pause, fail }, stopping.signal);
    },
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return running;
    },
  };
}

/** Carries out the run that is due, if there is one. Raises `DependencyError`: it is gone on with another time. */
export async function runDue(settings: OrderedRunJobSettings, signal: AbortSignal): Promise<void> {
  const { database, tracing, times = standardTimes } = settings;
  const run = await claimDueRun(database, times.leaseMs);
  if (run === null) return;
  await tracing.trace(runSpan, (span) => {
    span.annotate({ "mpc_delius.reconciliation.run": run.runId });
    return carryOut({ ...settings, signal }, run, span);
  });
}

async function carryOut(settings: Holding, run: DueRun, span: Span): Promise<void> {
  const { uptime, log, tracing, times = standardTimes } = settings;
  const database = traceFindings(settings.database, tracing);
  const startedAt = uptime();
  const pace = evenPace(reading.callsPerSecond / facts.length, uptime);
  const { settleMs } = times;
  const how = { ...settings, database, ...reading, settleMs, pace, onProgress: () => undefined };
  const summary = await whileUnderWay(settings, run, (underWay) =>
    carryOn(how, { run, selection: run.selection }, underWay),
  );
  if (summary === null) return log.info({ run: run.runId }, "reconciliation cancelled");
  span.annotate(describeFindings(summary));
  await reportDrift({ database, log, tracing }, { ...summary, seconds: Math.round((uptime() - startedAt) / 1000) });
}

interface Holding extends OrderedRunJobSettings {
  /** Aborts when the process is to stop. */
  readonly signal: AbortSignal;
}

/** Renews the claim for as long as the work goes on, which ends when the run is cancelled: then it answers null. */
async function whileUnderWay<Value>(
  { database, log, signal, times = standardTimes }: Holding,
  { runId }: DueRun,
  work: (underWay: AbortSignal) => Promise<Value>,
): Promise<Value | null> {
  const [ended, cancelled] = [new AbortController(), new AbortController()];
  const pause = () => times.renewMs;
  const fail = (error: unknown) =>
    log.warn({ run: runId, errorClass: errorClassOf(error) }, "a reconciliation's claim was not renewed");
  const renew = async () => {
    if (!(await extendRunClaim(database, runId, times.leaseMs))) cancelled.abort();
  };
  const holding = repeat(renew, { first: pause(), pause, fail }, ended.signal);
  const end = () => {
    ended.abort();
    return holding;
  };
  const underWay = AbortSignal.any([signal, cancelled.signal]);
  // Every case that is read listens.
  setMaxListeners(0, underWay);
  try {
    return await work(underWay);
  } catch (error) {
    await end();
    // Who stops leaves the run to the next replica at once.
    const isUnderWay = await extendRunClaim(database, runId, signal.aborted ? 0 : times.leaseMs);
    if (!isUnderWay) return null;
    throw error;
  } finally {
    await end();
  }
}
