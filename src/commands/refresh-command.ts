import { userInfo } from "node:os";
import { machineClocks } from "../platform/time/clocks.ts";
import type { Database } from "../platform/database/database.ts";
import { DependencyError } from "../platform/process/dependency-error.ts";
import { describeEmptyPrison, findNamed, namingHint, showProgress, stopSignal } from "./chosen-cases.ts";
import { describeStop } from "./command-failure.ts";
import { readOptions, splitOptions, UsageError, type Command } from "./command-line.ts";
import type { Comparison } from "./open-comparison.ts";
import { readComparisonConfig } from "../app/config.ts";
import { facts } from "../sync/fact/outcome.ts";
import type { OffenderId } from "../delius/person/person.ts";
import { refreshOptions, type RefreshOptions } from "./command-options.ts";
import { evenPace } from "../operations/reconciliation/comparison-handler.ts";
import { counted } from "./terminal/counted.ts";
import { countDeletions } from "../operations/refresh/deletion-job.ts";
import { accountFor, type NamedCase } from "../operations/reconciliation/named-case.ts";
import { chosenOf, listChosenIds, prisonOf } from "../operations/reconciliation/reconciliation-job.ts";
import { refresh, type Refresh, type Waiting } from "../operations/refresh/refresh-job.ts";
import { refreshKey, refreshPatienceMs } from "../operations/refresh/refresh-message.ts";
import { countSettled, listRefreshOutcomes } from "../operations/refresh/refresh-store.ts";
import { describeOutcomes, describeRefresh, type EndedRefresh } from "./terminal/refresh-text.ts";
import { maxDeletes } from "../operations/reconciliation/run-totals.ts";
import type { Selection } from "../operations/reconciliation/selection.ts";
import { listCases } from "../operations/reconciliation/selection-store.ts";

const usage = `Usage: npm run refresh -- --all | --noms A1234BC … | --crn X123456 … | --prison LEI [options]

Asks the running service to compare cases with Manage POM Cases again, by messages through its queue. A dry run by
default: nothing is written to Delius, and the journal says what would be. Of cases that are named it says what became
of each, and ends with 1 where one was not found or left out, or where nothing was refreshed. A refresh that was broken
off goes on where it stopped.

  --apply           writes to Delius
  --dry-run         writes nothing, as without --apply
  --remove-stale    also removes data that Manage POM Cases no longer holds
  --allow-deletes   applies also where more than ${maxDeletes} dates would be deleted
  --rate 100        calls of Manage POM Cases a second while these dates are counted
  --parallel 8      cases that are read at once meanwhile
  --help            show this text
`;

const second = 1_000;
const timing = { pollMs: 250, patienceMs: refreshPatienceMs, idleMs: 10 * second };
const retryMs = [second, 5 * second];

/** `npm run refresh`: sends refreshes of the chosen cases. */
export const refreshCommand: Command = { usage, run: refreshCases };

async function refreshCases(...[environment, args]: Parameters<Command["run"]>): Promise<number> {
  const { selection, ...options } = readOptions(refreshOptions, splitOptions("refresh", args, namingHint));
  if (selection === null) throw new UsageError(["Choose cases: by --all, --noms, --crn or --prison."]);
  const signal = stopSignal();
  const { openComparison } = await import("./open-comparison.ts");
  await using comparison = await openComparison(readComparisonConfig(environment));
  const named = await findNamed(comparison.database, selection);
  try {
    return await send(comparison, { options, selection, named }, signal);
  } catch (error) {
    if (!(error instanceof DependencyError) && !signal.aborted) throw error;
    process.stderr.write(`${describeStop(error)} The same command goes on where this run ended.\n`);
    return 1;
  }
}

interface Request {
  readonly options: Omit<RefreshOptions, "selection">;
  readonly selection: Selection;
  readonly named: readonly NamedCase[];
}

async function send(
  comparison: Comparison,
  { options, selection, named }: Request,
  signal: AbortSignal,
): Promise<number> {
  const { reads, compare } = comparison;
  const { apply, rate, parallel } = options;
  const removeStale = options["remove-stale"];
  const prison = prisonOf(selection);
  const chosen = chosenOf(selection, "crns" in selection ? listChosenIds(named) : null);
  const list = (after: OffenderId | null, most: number) => listCases(reads, { after, most, chosen, prison });
  if (apply && !options["allow-deletes"]) {
    const settings = { reads, compare, pace: evenPace(rate / facts.length, machineClocks.uptime), retryMs, parallel };
    const deletes = await countDeletions({ ...settings, removeStale, next: list }, signal);
    if (deletes > maxDeletes) return refuse();
  }
  const next = async (after: OffenderId | null, most: number) =>
    (await list(after, most)).map((one) => ({ ...one, facts }));
  const startedBy = userInfo().username;
  const summary = await printRefresh(comparison, { startedBy, dryRun: !apply, removeStale, selection, next }, signal);
  process.stderr.write(describeEmptyPrison(selection, summary.sent));
  const isComplete = await describeNamed(comparison.database, named, summary);
  return summary.sent > 0 && summary.unsettled === 0 && isComplete ? 0 : 1;
}

function refuse(): number {
  process.stderr.write(
    `The refresh would delete more than ${maxDeletes} dates: add --allow-deletes if that is meant.\n`,
  );
  return 1;
}

/** Says of each number that was named what came of it. Answers whether each was refreshed. */
async function describeNamed(
  database: Database,
  named: readonly NamedCase[],
  { refreshRun, dryRun }: EndedRefresh,
): Promise<boolean> {
  const keyOf = (offenderId: OffenderId) => refreshKey(refreshRun, { offenderId });
  const found = await listRefreshOutcomes(database, listChosenIds(named).map(keyOf));
  const results = accountFor(named, (offenderId) => {
    const inboxKey = keyOf(offenderId);
    const outcomes = found.filter((one) => one.inboxKey === inboxKey).map(({ outcome }) => outcome);
    if (outcomes.length === 0) return { text: `sent, and not settled: look for message ${inboxKey}`, isRead: false };
    return { text: describeOutcomes(outcomes, dryRun), isRead: true };
  });
  for (const { text } of results) process.stderr.write(`${text}\n`);
  return results.every(({ isRead }) => isRead);
}

/** Sends a refresh and says on standard error how it goes and what it came to. */
export async function printRefresh(
  { database, queue, isRunning }: Comparison,
  order: Refresh,
  signal: AbortSignal,
): Promise<EndedRefresh> {
  if (!(await isRunning())) process.stderr.write("The intake is paused: nothing is sent until it is resumed.\n");
  using progress = await showProgress(database);
  const onProgress = ({ sent, lastOffender }: { readonly sent: number; readonly lastOffender: number }) =>
    progress.show("sent", sent, lastOffender);
  const onWait = (waiting: Waiting) => {
    progress.end();
    process.stderr.write(describeWait(waiting));
  };
  const settings = { database, queue, isRunning, ...machineClocks, onProgress, onWait, ...timing };
  const summary = await refresh(settings, order, signal);
  progress.end();
  const unsettled = summary.sent - (await countSettled(database, summary.refreshRun));
  process.stderr.write(describeRefresh({ ...summary, unsettled }));
  return { ...summary, unsettled };
}

/** What keeps a refresh from going on, and what to do. */
function describeWait({ unsettled, isPaused }: Waiting): string {
  if (isPaused) return "Still waiting: the intake is paused, and nothing is sent until it is resumed.\n";
  return (
    `Waiting for the service to settle ${counted(unsettled, "message")}: none was settled in the last ` +
    `${timing.idleMs / second} seconds. Is it running? \`npm start\` starts it, \`/health\` says what it waits for. ` +
    `Ctrl-C ends the wait, and the same command goes on from here.\n`
  );
}
