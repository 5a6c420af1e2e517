import type { z } from "zod";
import type { refreshRunSchema, repairPreviewSchema } from "../../operations/reconciliation/run-schema.ts";
import { outcomeClasses } from "../../sync/fact/outcome.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Faults } from "../web/form-faults.ts";
import { displayCount, displayMoment, displayNumber } from "../web/display.ts";

/** What a repair would do, and of what. */
export interface RepairPreview {
  readonly id: number;
  readonly removeStale: boolean;
  readonly preview: Readonly<z.infer<typeof repairPreviewSchema>>;
  readonly faults: Faults | null;
}

/** What the preview of a repair shows; nothing of it has happened. */
export function viewRepair({ id, removeStale, preview, faults }: RepairPreview) {
  const path = `/console/reconciliation/${id}/repair`;
  const { cases, deletes, needsAllowDeletes } = preview;
  return {
    id,
    run: `/console/reconciliation/${id}`,
    path,
    removeStale,
    isEmpty: cases === 0,
    cases: displayCount(cases, "case"),
    deletes: displayCount(deletes, "handover date"),
    needsAllowDeletes,
    other: removeStale ? path : `${path}?removeStale=true`,
    faults,
  };
}

type RefreshRun = Readonly<z.input<typeof refreshRunSchema>>;

/** What the page of a repair under way shows. */
export function viewRepairing(run: RefreshRun, now: Instant) {
  const { refreshRun, startedBy, startedAt, finishedAt, dryRun, cases, sent, settled, outcomes } = run;
  const failed = countFailed(outcomes);
  const isRunning = finishedAt === undefined;
  return {
    refreshRun,
    startedBy,
    dryRun,
    isRunning,
    started: displayMoment(startedAt, now),
    sentence: isRunning
      ? `${displayNumber(cases - settled)} of ${displayCount(cases, "case")} to go.`
      : describeEnd(failed),
    counts: Object.entries({ Ordered: cases, Sent: sent, Settled: settled, Failed: failed }).map(([name, value]) => ({
      name,
      text: displayNumber(value),
    })),
    outcomes: Object.entries(outcomes).map(([outcome, number]) => ({ outcome, number: displayNumber(number) })),
    path: `/console/reconciliation/repairs/${refreshRun}`,
  };
}

function countFailed(outcomes: Readonly<Record<string, number>>): number {
  const quarantined = new Map<string, string>(Object.entries(outcomeClasses));
  return Object.entries(outcomes)
    .filter(([outcome]) => quarantined.get(outcome) === "quarantined")
    .reduce((sum, [, number]) => sum + number, 0);
}

function describeEnd(failed: number): string {
  return failed === 0 ? "All done." : `Done; ${displayCount(failed, "fact")} had to be quarantined.`;
}
