import { DependencyError } from "./adapters/dependency-error.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { openComparison, type Comparison } from "./comparison.ts";
import { readConfig, type Config } from "./config.ts";
import type { CommandWords } from "./reconciliation/command-words.ts";
import { evenPace } from "./reconciliation/comparison-handler.ts";
import { reconcile } from "./reconciliation/reconciliation-job.ts";
import { listDifferences, type StoredDifference } from "./reconciliation/reconciliation-store.ts";
import { listRepairs } from "./reconciliation/refresh-store.ts";
import { countRepairs } from "./reconciliation/repair-store.ts";
import { countDeletes, mostDeletes } from "./reconciliation/run-totals.ts";
import { describeDifference, describeRun } from "./reconciliation/drift-event.ts";
import { csvHeading, writeCsvLine, writeJsonLine, writeTable } from "./reconciliation/drift-report.ts";
import type { RunSummary } from "./reconciliation/run-end-store.ts";
import type { OffenderId } from "./person/person.ts";
import { readArguments, showProgress, stopSignal, tellRefresh } from "./refresh.ts";

const usage = `Usage: npm run reconcile -- [--noms A1234BC … | --prison LEI | --sample 100] [options]

Compares cases with Manage POM Cases and tells how they differ; writes nothing to Delius. All cases where none are named.
A run that was broken off goes on where it stopped.

  --json | --csv    each difference as a line of JSON or CSV on standard output; the table then goes to standard error
  --rate 100        calls of Manage POM Cases a second      --parallel 8    cases that are read at once
  --settle 10       seconds before what differs is read again: what is on its way arrives meanwhile
  --repair          sends a refresh for each case that differs; with --dry-run only tells for how many
  --remove-stale    repairs also what Manage POM Cases has no word of
  --allow-deletes   repairs also where more than ${mostDeletes} dates would be deleted
`;

const pageSize = 200;
const second = 1_000;
const callsPerCase = 2;

/** `npm run reconcile`: reports every drift, and mends it where asked (spec 7.5). Answers the process's exit code. */
export async function reconcileCases(environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  const words = readArguments(args);
  if (words === null || words.apply || (words.json && words.csv)) {
    process.stderr.write(usage);
    return 2;
  }
  const signal = stopSignal();
  const config = readConfig(environment);
  await using comparison = await openComparison(config);
  try {
    const summary = await run(comparison, words, signal);
    await report(comparison, words, summary);
    await tell(comparison, eventLog(config), summary);
    return words.repair ? await repair(comparison, { words, summary }, signal) : 0;
  } catch (error) {
    if (!(error instanceof DependencyError) && !signal.aborted) throw error;
    const reason = signal.aborted ? "Stopped." : `Stopped: ${String(error)}.`;
    process.stderr.write(`${reason} The same command goes on where this run ended.\n`);
    return 1;
  }
}

interface TimedSummary extends RunSummary {
  /** What this process took. */
  readonly seconds: number;
}

async function run(
  { database, compare }: Comparison,
  { selection, rate, parallel, settle }: CommandWords,
  signal: AbortSignal,
): Promise<TimedSummary> {
  const startedAt = performance.now();
  const pace = evenPace(rate / callsPerCase, Date.now);
  using progress = await showProgress(database);
  const settings = {
    database,
    compare,
    pace,
    parallel,
    pageSize,
    settleMs: settle * second,
    retryMs: [second, 5 * second],
  };
  const summary = await reconcile(
    { ...settings, onProgress: ({ step, compared, lastOffender }) => progress.show(step, compared, lastOffender) },
    selection ?? { all: true },
    signal,
  );
  return { ...summary, seconds: Math.round((performance.now() - startedAt) / second) };
}

/** Custom events go to standard error (spec 7.6), unless a person looks at it: they have the table. */
function eventLog({ logLevel }: Config): Log {
  return process.stderr.isTTY ? createLog("silent") : createLog(logLevel, process.stderr);
}

async function tell(comparison: Comparison, log: Log, summary: TimedSummary): Promise<void> {
  for await (const difference of walkDifferences(comparison, summary.runId)) {
    log.info(describeDifference(summary.runId, difference), "a case differs");
  }
  log.info(describeRun({ ...summary, calls: comparison.calls() }), "reconciliation finished");
}

async function report(comparison: Comparison, { json, csv }: CommandWords, summary: RunSummary): Promise<void> {
  const table = writeTable(summary);
  if (!json && !csv) {
    process.stdout.write(table);
    return;
  }
  process.stderr.write(table);
  if (csv) process.stdout.write(csvHeading);
  for await (const difference of walkDifferences(comparison, summary.runId)) {
    process.stdout.write(csv ? writeCsvLine(difference) : writeJsonLine(difference));
  }
}

async function* walkDifferences({ database }: Comparison, runId: number): AsyncGenerator<StoredDifference> {
  let after: StoredDifference | null = null;
  for (;;) {
    const page: readonly StoredDifference[] = await listDifferences(database, runId, { after, most: pageSize });
    yield* page;
    after = page.at(-1) ?? null;
    if (after === null) return;
  }
}

interface Repair {
  readonly words: CommandWords;
  readonly summary: RunSummary;
}

async function repair(comparison: Comparison, { words, summary }: Repair, signal: AbortSignal): Promise<number> {
  const { runId } = summary;
  const { database } = comparison;
  const removeStale = words["remove-stale"];
  const count = countDeletes(summary, removeStale);
  if (count > mostDeletes && !words["allow-deletes"] && !words["dry-run"]) {
    process.stderr.write(`The repair would delete ${count} dates: say --allow-deletes if that is meant.\n`);
    return 1;
  }
  if (words["dry-run"]) {
    const cases = await countRepairs(database, { reconciliationRun: runId, removeStale });
    process.stderr.write(`A repair would refresh ${cases} cases and delete ${count} dates.\n`);
    return 0;
  }
  const next = (after: OffenderId | null, most: number) =>
    listRepairs(database, { runId, removeStale }, { after, most });
  const selection = { reconciliationRun: runId };
  const order = { startedBy: "npm run reconcile", dryRun: false, removeStale, selection, next };
  await tellRefresh(comparison, order, signal);
  return 0;
}
