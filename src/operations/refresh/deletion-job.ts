import pLimit from "p-limit";
import { readCase, type ComparisonSettings } from "../reconciliation/comparison-handler.ts";
import { maxDeletes } from "../reconciliation/run-totals.ts";
import type { SelectedCase } from "../reconciliation/selection.ts";
import type { OffenderId } from "../../delius/person/person.ts";

/** What is counted, and how. */
export interface DeletionCount extends ComparisonSettings {
  readonly parallel: number;
  readonly removeStale: boolean;
  readonly next: (after: OffenderId | null, most: number) => Promise<readonly SelectedCase[]>;
}

const pageSize = 200;

/** Counts the live dates that a refresh of these cases would delete, until there are too many (rule R4). */
export async function countDeletions(settings: DeletionCount, signal: AbortSignal): Promise<number> {
  const limit = pLimit(settings.parallel);
  let deletes = 0;
  let after: OffenderId | null = null;
  while (deletes <= maxDeletes) {
    const page: readonly SelectedCase[] = await settings.next(after, pageSize);
    const last = page.at(-1);
    if (last === undefined) return deletes;
    const counts = await Promise.all(page.map((one) => limit(() => countOne(settings, one, signal))));
    deletes += counts.reduce((sum, count) => sum + count, 0);
    after = last.offenderId;
  }
  return deletes;
}

async function countOne(settings: DeletionCount, selected: SelectedCase, signal: AbortSignal): Promise<number> {
  const { differences } = await readCase(settings, selected, signal);
  const counted = differences.filter(({ class: name }) => settings.removeStale || name !== "stale");
  return counted.reduce((sum, { deletes }) => sum + deletes, 0);
}
