import { driftClasses, type DriftClass, type KeptDifference } from "../../operations/reconciliation/drift.ts";
import { writeCsvRow } from "../../platform/text/csv.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayNumber } from "../web/display.ts";
import { caseAddress, writeAddress } from "../web/navigation.ts";
import { driftHelp } from "../../operations/reconciliation/drift-help.ts";
import { describeProgress, describeRunWords, type RunFacts } from "./run-words.ts";
import { compareSides } from "./sides.ts";

/** A run and a page of what it found. */
export interface RunPage {
  readonly run: RunFacts;
  readonly wanted: DriftClass | undefined;
  readonly differences: readonly KeptDifference[];
  readonly next: string | undefined;
  readonly isFirst: boolean;
}

/** What the page of a run shows: how it went, its differences by class, and the people behind them. */
export function viewRun({ run, wanted, differences, next, isFirst }: RunPage, now: Instant) {
  const words = describeRunWords(run, now);
  const { href } = words;
  return {
    ...words,
    progress: describeProgress(run),
    doubledCodes: run.doubledCodes ?? [],
    classes: driftClasses
      .filter((name) => (run.differences?.[name] ?? 0) > 0)
      .map((name) => ({
        ...driftHelp[name],
        number: displayNumber(run.differences?.[name] ?? 0),
        href: `${href}?class=${name}#people`,
      })),
    wanted: wanted === undefined ? null : driftHelp[wanted].title,
    people: differences.map(viewDifference),
    next: next === undefined ? null : `${writeAddress(href, { class: wanted, before: next })}#people`,
    isFirst,
    csv: writeAddress(`${href}/differences.csv`, { class: wanted }),
    total: words.differences === null ? "" : displayCount(words.differences, "difference"),
  };
}

const factNames = { allocation: "POM", handover: "handover dates" } as const;

function viewDifference(difference: KeptDifference) {
  const { nomsNumber, fact, class: name, outcome } = difference;
  return {
    nomsNumber,
    href: caseAddress(nomsNumber),
    what: fact === null ? "the case" : factNames[fact],
    title: driftHelp[name].title,
    outcome,
    rows: compareSides(difference),
  };
}

/** The columns of the file of differences. */
export const differencesHeading = writeCsvRow([
  "NOMS number",
  "What",
  "Difference",
  "Outcome",
  "In Manage POM Cases",
  "In Delius",
  "Remedy",
]);

/** One difference as a line of the file. */
export function writeDifference(difference: KeptDifference): string {
  const { nomsNumber, what, title, outcome, rows } = viewDifference(difference);
  const side = (name: "inMpc" | "inDelius") => rows.map((row) => `${row.label}: ${row[name]}`).join("; ");
  const { remedy } = driftHelp[difference.class];
  return writeCsvRow([nomsNumber, what, title, outcome, side("inMpc"), side("inDelius"), remedy]);
}
