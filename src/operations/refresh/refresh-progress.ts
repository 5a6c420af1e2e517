import { outcomeClasses } from "../../sync/fact/outcome.ts";
import type { Progress } from "../action/action-result.ts";

interface Counted {
  readonly cases: number;
  readonly sent: number;
  readonly settled: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly cancelledAt: string | null;
}

/** How many cases of a refresh have come how far. A message of two facts of which one is quarantined has failed. */
export function countRefreshes({ cases, sent, settled, outcomes, cancelledAt }: Counted): Progress {
  const failed = Math.min(countFailed(outcomes), settled);
  const cancelled = cancelledAt === null ? 0 : Math.max(cases - sent, 0);
  return { ordered: cases, sent, settled: settled - failed, failed, cancelled };
}

function countFailed(outcomes: Readonly<Record<string, number>>): number {
  const classes = new Map<string, string>(Object.entries(outcomeClasses));
  return Object.entries(outcomes)
    .filter(([outcome]) => classes.get(outcome) === "quarantined")
    .reduce((sum, [, number]) => sum + number, 0);
}
