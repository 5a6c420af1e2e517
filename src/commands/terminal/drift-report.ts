import { counted } from "./counted.ts";
import { writeCsvRow } from "../../platform/text/csv.ts";
import { mostDoubledCodes } from "../../operations/reconciliation/run-totals.ts";
import { driftClasses, type Difference, type DriftClass } from "../../operations/reconciliation/drift.ts";

/** A difference as it is reported. */
export interface ReportedDifference extends Difference {
  readonly nomsNumber: string;
}

/** What a report sums up. */
export interface Totals {
  readonly runId: number;
  readonly compared: number;
  readonly differences: Readonly<Partial<Record<DriftClass, number>>>;
  readonly doubledCodes: readonly string[];
}

/** The table that a person reads at the end of a run. */
export function writeTable({ runId, compared, differences, doubledCodes }: Totals): string {
  const rows = driftClasses.map((name) => [name, String(differences[name] ?? 0)] as const);
  const width = Math.max(...rows.map(([, count]) => count.length), 6);
  const lines = rows.map(([name, count]) => `  ${name.padEnd(16)}${count.padStart(width)}`);
  const total = Object.values(differences).reduce((sum, count) => sum + count, 0);
  const title = `Reconciliation run ${runId}: ${counted(compared, "case")} compared.`;
  if (compared === 0) return [title, "Nothing was compared, so this says nothing about differences.", ""].join("\n");
  const which = compared === 1 ? "the case compared" : `all ${compared} cases compared`;
  const end = total === 0 ? `Delius equals Manage POM Cases in ${which}.` : `${counted(total, "difference")}.`;
  return [title, "", ...lines, "", end, describeDoubled(doubledCodes)].join("\n");
}

const mostShown = 10;

/** Nothing where none is doubled. */
function describeDoubled(codes: readonly string[]): string {
  if (codes.length === 0) return "";
  const rest = codes.length - mostShown;
  const shown = codes.slice(0, mostShown).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  const number = `${codes.length === mostDoubledCodes ? "at least " : ""}${codes.length}`;
  const which = codes.length === 1 ? "1 officer code stands" : `${number} officer codes stand`;
  return `${which} for several live officers in Delius: ${shown}.\n`;
}

/** What counts of a run when it is judged. */
export interface RunToJudge {
  readonly compared: number;
  /** Cases with a difference of the class `error`. */
  readonly failed: number;
  /** Whether each number that was named was read. */
  readonly areNamedRead: boolean;
}

/** With what code a run ends, and what it says of the cases that could not be compared. */
export function judgeRun({ compared, failed, areNamedRead }: RunToJudge): {
  readonly code: 0 | 1;
  readonly text: string;
} {
  const isNoAllClear = failed > 0 && failed * 2 >= compared;
  const code = compared > 0 && areNamedRead && !isNoAllClear ? 0 : 1;
  if (failed === 0) return { code, text: "" };
  const found = `${failed} of ${counted(compared, "case")} could not be compared: see the class error.`;
  const advice =
    "So this run says nothing about the rest. Look at Manage POM Cases and at Delius's reference data, and run it again.";
  return { code, text: isNoAllClear ? `${found} ${advice}\n` : `${found}\n` };
}

/** The columns of the CSV report. */
export const csvHeading = "nomsNumber,fact,class,outcome,inManagePomCases,inDelius\r\n";

/** One line of the CSV report. */
export function writeCsvLine({ nomsNumber, fact, class: name, outcome, inMpc, inDelius }: ReportedDifference): string {
  const cells = [nomsNumber, fact ?? "", name, outcome, JSON.stringify(inMpc), JSON.stringify(inDelius)];
  return writeCsvRow(cells);
}

/** One line of the JSON report. */
export function writeJsonLine({ nomsNumber, fact, class: name, outcome, inMpc, inDelius }: ReportedDifference): string {
  return `${JSON.stringify({ nomsNumber, fact, class: name, outcome, inMpc, inDelius })}\n`;
}
