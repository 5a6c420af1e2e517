import { machineClocks } from "../platform/time/clocks.ts";
import { DependencyError } from "../platform/process/dependency-error.ts";
import { createLog, type Log } from "../platform/process/log.ts";
import type { Tracing } from "../platform/process/tracing.ts";
import { findNamed, namingHint, showProgress, stopSignal } from "./chosen-cases.ts";
import { describeStop } from "./command-failure.ts";
import { readOptions, splitOptions, type Command } from "./command-line.ts";
import type { Comparison } from "./open-comparison.ts";
import { startTelemetry } from "../app/telemetry.ts";
import { readComparisonConfig, type ComparisonConfig } from "../app/config.ts";
import { openReportFile } from "./report-file.ts";
import { reportRun } from "./reconcile-report.ts";
import { reconcileOptions, type ReconcileOptions } from "./command-options.ts";
import { evenPace } from "../operations/reconciliation/comparison-handler.ts";
import { counted } from "./terminal/counted.ts";
import { describeFindings } from "../operations/reconciliation/drift-event.ts";
import { reconcile } from "../operations/reconciliation/reconciliation-job.ts";
import { reportDrift, runSpan, traceFindings } from "../operations/reconciliation/run-report-job.ts";
import { listRepairs } from "../operations/refresh/refresh-store.ts";
import { countRepairs } from "../operations/refresh/repair-store.ts";
import type { RunSummary } from "../operations/reconciliation/run-end-store.ts";
import { countDeletes, maxDeletes } from "../operations/reconciliation/run-totals.ts";
import type { Selection } from "../operations/reconciliation/selection.ts";
import type { OffenderId } from "../delius/person/person.ts";
import { printRefresh } from "./refresh-command.ts";

const usage = `Usage: npm run reconcile -- [--noms A1234BC … | --crn X123456 … | --prison LEI | --sample 100] [options]

Compares cases with Manage POM Cases and says how they differ; writes nothing to Delius. All cases where none are named.
Of cases that are named it says what became of each. It ends with 1 where one of them was not found or left out, where
nothing was compared, and where half of the cases or more could not be compared. A run that was broken off goes on where it stopped.

  --json | --csv    each difference as a line of JSON or CSV; the table then goes to standard error
  --to file         writes these lines to a file that only its owner can read
  --rate 100        calls of Manage POM Cases a second      --parallel 8    cases that are read at once
  --settle 10       seconds before what differs is read again: what is on its way arrives meanwhile
  --repair          sends a refresh for each case that differs; with --dry-run it only says for how many it would
  --remove-stale    repairs also remove data that Manage POM Cases no longer holds
  --allow-deletes   repairs also where more than ${maxDeletes} dates would be deleted
  --help            show this text
`;

const pageSize = 200;
const second = 1_000;
const callsPerCase = 2;

/** `npm run reconcile`: reports every drift, and repairs it where asked. */
export const reconcileCommand: Command = { usage, run: reconcileCases };

async function reconcileCases(...[environment, args]: Parameters<Command["run"]>): Promise<number> {
  const options = readOptions(reconcileOptions, splitOptions("reconcile", args, namingHint));
  const selection = options.selection ?? { all: true };
  const config = readComparisonConfig(environment);
  await using lines = await openReportFile(options.to);
  const signal = stopSignal();
  const { openComparison } = await import("./open-comparison.ts");
  await using resources = new AsyncDisposableStack();
  const log = eventLog(config);
  const tracing = await startTelemetry(config.telemetry, { ...machineClocks, log, metrics: noMetrics, resources });
  await using comparison = await openComparison(config, tracing);
  const named = await findNamed(comparison.database, selection);
  try {
    const { summary, code } = await tracing.trace(runSpan, async (span) => {
      const done = await run(traceRun(comparison, tracing), { ...options, selection }, signal);
      span.annotate(describeFindings(done));
      const judged = await reportRun(comparison, { options, summary: done, named }, lines);
      await reportDrift({ database: comparison.database, log, tracing }, { ...done, calls: comparison.calls() });
      return { summary: done, code: judged };
    });
    const repaired = options.repair ? await repair(comparison, { options, summary }, signal) : 0;
    return Math.max(code, repaired);
  } catch (error) {
    if (!(error instanceof DependencyError) && !signal.aborted) throw error;
    process.stderr.write(`${describeStop(error)} The same command goes on where this run ended.\n`);
    return 1;
  }
}

// The service shows what the last run found.
const noMetrics = { readSamples: () => Promise.resolve([]) };

function traceRun(comparison: Comparison, tracing: Tracing): Comparison {
  return { ...comparison, database: traceFindings(comparison.database, tracing) };
}

interface TimedSummary extends RunSummary {
  /** What this process took. */
  readonly seconds: number;
}

async function run(
  { database, reads, compare }: Comparison,
  { selection, rate, parallel, settle }: ReconcileOptions & { readonly selection: Selection },
  signal: AbortSignal,
): Promise<TimedSummary> {
  const startedAt = machineClocks.uptime();
  const pace = evenPace(rate / callsPerCase, machineClocks.uptime);
  using progress = await showProgress(database);
  const settings = {
    database,
    reads,
    compare,
    pace,
    parallel,
    pageSize,
    settleMs: settle * second,
    retryMs: [second, 5 * second],
  };
  const summary = await reconcile(
    { ...settings, onProgress: ({ step, compared, lastOffender }) => progress.show(step, compared, lastOffender) },
    selection,
    signal,
  );
  return { ...summary, seconds: Math.round((machineClocks.uptime() - startedAt) / second) };
}

/** Custom events go to standard error, unless a person looks at it: they have the table. */
function eventLog({ logLevel }: ComparisonConfig): Log {
  return process.stderr.isTTY ? createLog("silent") : createLog(logLevel, process.stderr);
}

interface Repair {
  readonly options: ReconcileOptions;
  readonly summary: RunSummary;
}

async function repair(comparison: Comparison, { options, summary }: Repair, signal: AbortSignal): Promise<number> {
  const { runId } = summary;
  const { database } = comparison;
  const removeStale = options["remove-stale"];
  const count = countDeletes(summary, removeStale);
  if (count > maxDeletes && !options["allow-deletes"] && !options["dry-run"]) {
    process.stderr.write(`The repair would delete ${counted(count, "date")}: add --allow-deletes if that is meant.\n`);
    return 1;
  }
  if (options["dry-run"]) {
    const cases = await countRepairs(database, { reconciliationRun: runId, removeStale });
    const what = `refresh ${counted(cases, "case")} and delete ${counted(count, "date")}`;
    process.stderr.write(`Dry run, nothing was sent: a repair would ${what}.\n`);
    return 0;
  }
  const next = (after: OffenderId | null, most: number) =>
    listRepairs(database, { runId, removeStale }, { after, most });
  const selection = { reconciliationRun: runId };
  const order = { startedBy: "npm run reconcile", dryRun: false, removeStale, selection, next };
  await printRefresh(comparison, order, signal);
  return 0;
}
