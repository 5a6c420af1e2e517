import { setMaxListeners } from "node:events";
import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import type { Database } from "./adapters/database.ts";
import { DependencyError } from "./adapters/dependency-error.ts";
import { openComparison, type Comparison } from "./comparison.ts";
import { readConfig } from "./config.ts";
import { facts } from "./inbox/outcome.ts";
import type { OffenderId } from "./person/person.ts";
import { commandOptions, readWords, type CommandWords } from "./reconciliation/command-words.ts";
import { evenPace } from "./reconciliation/comparison-handler.ts";
import { countDeletions } from "./reconciliation/deletion-job.ts";
import { mostDeletes } from "./reconciliation/run-totals.ts";
import { chosenOf, prisonOf } from "./reconciliation/reconciliation-job.ts";
import type { Selection } from "./reconciliation/selection.ts";
import { refresh, type Refresh } from "./reconciliation/refresh-job.ts";
import { drawProgress, type ProgressBar } from "./reconciliation/progress-bar.ts";
import { getLastCase, listCases } from "./reconciliation/selection-store.ts";

const usage = `Usage: npm run refresh -- --all | --noms A1234BC … | --prison LEI [options]

Asks the service to compare cases with Manage POM Cases again, by messages through its queue. A dry run by default: the
journal tells what would be written. A refresh that was broken off goes on where it stopped.

  --apply           writes to Delius
  --remove-stale    removes also what Manage POM Cases has no word of
  --allow-deletes   applies also where more than ${mostDeletes} dates would be deleted
  --rate 100        calls of Manage POM Cases a second while these dates are counted
`;

const second = 1_000;
const minute = 60 * second;
const timing = { pollMs: 250, patienceMs: 30 * minute };
const retryMs = [second, 5 * second];

/** `npm run refresh`: sends refreshes of the chosen cases (spec 7.5). Answers the process's exit code. */
export async function refreshCases(environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  const request = readRequest(args);
  if (request === null) {
    process.stderr.write(usage);
    return 2;
  }
  const signal = stopSignal();
  await using comparison = await openComparison(readConfig(environment));
  try {
    return await send(comparison, request, signal);
  } catch (error) {
    if (!(error instanceof DependencyError) && !signal.aborted) throw error;
    const reason = signal.aborted ? "Stopped." : `Stopped: ${String(error)}.`;
    process.stderr.write(`${reason} The same command goes on where this run ended.\n`);
    return 1;
  }
}

interface Request {
  readonly words: CommandWords;
  readonly selection: Selection;
}

function readRequest(args: readonly string[]): Request | null {
  const words = readArguments(args);
  if (words === null || words.selection === null || "sample" in words.selection) return null;
  return words.apply && words["dry-run"] ? null : { words, selection: words.selection };
}

async function send(comparison: Comparison, { words, selection }: Request, signal: AbortSignal): Promise<number> {
  const { database, compare } = comparison;
  const { apply, rate, parallel } = words;
  const removeStale = words["remove-stale"];
  const prison = prisonOf(selection);
  const chosen = chosenOf(selection, null);
  const list = (after: OffenderId | null, most: number) => listCases(database, { after, most, chosen, prison });
  if (apply && !words["allow-deletes"]) {
    const settings = { database, compare, pace: evenPace(rate / facts.length, Date.now), retryMs, parallel };
    const deletes = await countDeletions({ ...settings, removeStale, next: list }, signal);
    if (deletes > mostDeletes) return refuse();
  }
  const next = async (after: OffenderId | null, most: number) =>
    (await list(after, most)).map((one) => ({ ...one, facts }));
  const startedBy = userInfo().username;
  await tellRefresh(comparison, { startedBy, dryRun: !apply, removeStale, selection, next }, signal);
  return 0;
}

function refuse(): number {
  process.stderr.write(
    `The refresh would delete more than ${mostDeletes} dates: say --allow-deletes if that is meant.\n`,
  );
  return 1;
}

/** Reads a command line; null where it cannot be read. */
export function readArguments(args: readonly string[]): CommandWords | null {
  try {
    return readWords(parseArgs({ args: [...args], options: commandOptions }).values);
  } catch {
    return null;
  }
}

/** Sends a refresh and tells on standard error how it goes and what it came to. */
export async function tellRefresh(
  { database, queue, isRunning }: Comparison,
  order: Refresh,
  signal: AbortSignal,
): Promise<void> {
  if (!(await isRunning())) process.stderr.write("The intake is paused: nothing is sent until it is resumed.\n");
  using progress = await showProgress(database);
  const onProgress = ({ sent, lastOffender }: { readonly sent: number; readonly lastOffender: number }) =>
    progress.show("sent", sent, lastOffender);
  const summary = await refresh({ database, queue, isRunning, clock: Date.now, onProgress, ...timing }, order, signal);
  progress.end();
  const kind = summary.dryRun ? "Dry run" : "Run";
  const outcomes = Object.entries(summary.outcomes).map(([outcome, count]) => `  ${outcome.padEnd(34)}${count}\n`);
  process.stderr.write(
    `${kind} ${summary.refreshRun}: ${summary.sent} ${summary.sent === 1 ? "case" : "cases"} refreshed.\n${outcomes.join("")}`,
  );
}

/** Shows on a terminal how far a walk through the cases is; elsewhere nothing. Dispose ends its line. */
export async function showProgress(database: Database): Promise<ProgressBar & Disposable> {
  const bar = drawProgress(process.stderr, await getLastCase(database));
  return { ...bar, [Symbol.dispose]: () => bar.end() };
}

/** Aborts when the process is asked to stop. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  // Every case that is read listens.
  setMaxListeners(0, stopping.signal);
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stopping.abort());
  return stopping.signal;
}
