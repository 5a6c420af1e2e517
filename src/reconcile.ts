import { DependencyError } from "./adapters/dependency-error.ts";
import { openComparison, type Comparison } from "./comparison.ts";
import { readConfig } from "./config.ts";
import type { CommandWords } from "./reconciliation/command-words.ts";
import { evenPace } from "./reconciliation/comparison-handler.ts";
import { reconcile } from "./reconciliation/reconciliation-job.ts";
import { listDifferences, type StoredDifference } from "./reconciliation/reconciliation-store.ts";
import { listRepairs } from "./reconciliation/refresh-store.ts";
import { mostDeletes } from "./reconciliation/refresh-message.ts";
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
  await using comparison = await openComparison(readConfig(environment));
  try {
    const summary = await run(comparison, words, signal);
    await report(comparison, words, summary);
    return words.repair ? await repair(comparison, { words, summary }, signal) : 0;
  } catch (error) {
    if (!(error instanceof DependencyError) && !signal.aborted) throw error;
    const reason = signal.aborted ? "Stopped." : `Stopped: ${String(error)}.`;
    process.stderr.write(`\n${reason} The same command goes on where this run ended.\n`);
    return 1;
  }
}

async function run(
  { database, compare }: Comparison,
  { selection, rate, parallel, settle }: CommandWords,
  signal: AbortSignal,
): Promise<RunSummary> {
  const pace = evenPace(rate / callsPerCase, Date.now);
  const onProgress = await showProgress(database);
  const settings = {
    database,
    compare,
    pace,
    parallel,
    pageSize,
    settleMs: settle * second,
    retryMs: [second, 5 * second],
  };
  return reconcile(
    { ...settings, onProgress: ({ step, compared, lastOffender }) => onProgress(step, compared, lastOffender) },
    selection ?? { all: true },
    signal,
  );
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
  const { runId, deletes } = summary;
  const removeStale = words["remove-stale"];
  const count = deletes.extra + (removeStale ? deletes.stale : 0);
  if (count > mostDeletes && !words["allow-deletes"] && !words["dry-run"]) {
    process.stderr.write(`The repair would delete ${count} dates: say --allow-deletes if that is meant.\n`);
    return 1;
  }
  const next = (after: OffenderId | null, most: number) =>
    listRepairs(comparison.database, { runId, removeStale }, { after, most });
  if (words["dry-run"]) return preview(next, count);
  const selection = { reconciliationRun: runId };
  const order = { startedBy: "npm run reconcile", dryRun: false, removeStale, selection, next };
  await tellRefresh(comparison, order, signal);
  return 0;
}

async function preview(
  next: (after: OffenderId | null, most: number) => Promise<readonly { readonly offenderId: OffenderId }[]>,
  deletes: number,
): Promise<number> {
  let cases = 0;
  let after: OffenderId | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof next>> = await next(after, pageSize);
    const last = page.at(-1);
    if (last === undefined) break;
    cases += page.length;
    after = last.offenderId;
  }
  process.stderr.write(`A repair would refresh ${cases} cases and delete ${deletes} dates.\n`);
  return 0;
}
