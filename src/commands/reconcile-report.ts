import { describeEmptyPrison } from "./chosen-cases.ts";
import type { Comparison } from "./open-comparison.ts";
import type { OffenderId } from "../delius/person/person.ts";
import type { ReconcileOptions } from "./command-options.ts";
import { describeCases } from "./terminal/difference-text.ts";
import { csvHeading, judgeRun, writeCsvLine, writeJsonLine, writeTable } from "./terminal/drift-report.ts";
import { accountFor, type NamedCase, type NamedResult } from "../operations/reconciliation/named-case.ts";
import { walkDifferences } from "../operations/reconciliation/reconciliation-job.ts";
import type { StoredDifference } from "../operations/reconciliation/reconciliation-store.ts";
import type { RunSummary } from "../operations/reconciliation/run-end-store.ts";
import type { ReportFile } from "./report-file.ts";

const mostKept = 200;

/** A run that has ended, and what was asked for. */
export interface EndedRun {
  readonly options: ReconcileOptions;
  readonly summary: RunSummary;
  /** What Delius has under each number that was named. */
  readonly named: readonly NamedCase[];
}

/**
 * Reports a run: the differences line by line where that is wanted, the table, the first cases that differ on a terminal,
 * what became of each number that was named, and how many cases could not be compared. Answers with what code it ends.
 */
export async function reportRun({ database }: Comparison, run: EndedRun, lines: ReportFile): Promise<0 | 1> {
  const { options, summary, named } = run;
  const format = formatOf(options);
  const found: StoredDifference[] = [];
  const failed = new Set<OffenderId>();
  await lines.write(format.heading);
  for await (const difference of walkDifferences(database, summary.runId)) {
    await lines.write(format.write(difference));
    if (named.length > 0 || found.length < mostKept) found.push(difference);
    if (difference.class === "error") failed.add(difference.offenderId);
  }
  const screen = screenFor(options);
  const total = Object.values(summary.differences).reduce((sum, count) => sum + count, 0);
  const isListed = options.json || options.csv;
  screen.write(writeTable(summary) + (isListed ? "" : describeCases(screen, found, total)));
  screen.write(describeEmptyPrison(options.selection, summary.compared));
  const results = accountFor(named, (offenderId) => describeCase(found, offenderId));
  screen.write(results.map(({ text }) => `${text}\n`).join(""));
  const areNamedRead = results.every(({ isRead }) => isRead);
  const { code, text } = judgeRun({ compared: summary.compared, failed: failed.size, areNamedRead });
  process.stderr.write(text);
  return code;
}

/** Where the table goes: beside the lines. */
function screenFor({ json, csv, to }: ReconcileOptions): NodeJS.WriteStream {
  return (json || csv) && to === undefined ? process.stderr : process.stdout;
}

/** How a difference becomes a line; nothing where no lines are wanted. */
function formatOf({ json, csv }: ReconcileOptions) {
  if (csv) return { heading: csvHeading, write: writeCsvLine };
  return { heading: "", write: json ? writeJsonLine : () => "" };
}

function describeCase(found: readonly StoredDifference[], offenderId: OffenderId): NamedResult {
  const differences = found.filter((one) => one.offenderId === offenderId);
  if (differences.length === 0) return { text: "compared, and equal", isRead: true };
  const failure = differences.find((one) => one.class === "error");
  if (failure !== undefined) return { text: `could not be compared: ${failure.outcome}`, isRead: false };
  const classes = differences.map(({ class: name, outcome }) => `${name} (${outcome})`);
  return { text: `compared, and differs: ${classes.join(", ")}`, isRead: true };
}
