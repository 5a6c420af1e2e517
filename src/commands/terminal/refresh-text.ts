import { outcomeClasses } from "../../sync/fact/outcome.ts";
import { counted } from "./counted.ts";

const written = new Set<string>(
  Object.entries(outcomeClasses).flatMap(([name, kind]) => (kind === "written" ? name : [])),
);

/** A run of refreshes that has ended. */
export interface EndedRefresh {
  readonly refreshRun: string;
  readonly dryRun: boolean;
  readonly sent: number;
  /** How many of its messages were not settled in time. */
  readonly unsettled: number;
  /** How many facts ended in each outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** An outcome; of a dry run, that it would have been written. */
function describeOutcome(outcome: string, dryRun: boolean): string {
  return dryRun && written.has(outcome) ? `would be ${outcome}` : outcome;
}

/** How the facts of one case ended. */
export function describeOutcomes(outcomes: readonly string[], dryRun: boolean): string {
  const shown = outcomes.map((outcome) => describeOutcome(outcome, dryRun)).join(", ");
  return dryRun ? `compared, nothing written: ${shown}` : `refreshed: ${shown}`;
}

/** What a run of refreshes came to. */
export function describeRefresh({ refreshRun, dryRun, sent, unsettled, outcomes }: EndedRefresh): string {
  const title = dryRun
    ? `Dry run ${refreshRun}: ${counted(sent, "case")} compared, nothing was written. With --apply it is.`
    : `Run ${refreshRun}: ${counted(sent, "case")} refreshed.`;
  const late = `Not settled in time: ${counted(unsettled, "message")}, with keys that begin with refresh-${refreshRun}-.`;
  const width = 44;
  const lines = Object.entries(outcomes).map(
    ([outcome, number]) => `  ${describeOutcome(outcome, dryRun).padEnd(width)}${number}`,
  );
  const none = sent === 0 ? ["No case was chosen, so nothing was sent."] : [];
  return `${[title, ...none, ...lines, ...(unsettled > 0 ? [late] : [])].join("\n")}\n`;
}
