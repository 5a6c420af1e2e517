import type { z } from "zod";
import type { refreshRunSchema, repairPreviewSchema } from "../../operations/reconciliation/run-schema.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Faults } from "../web/form-faults.ts";
import { displayCount, displayMoment, displayNumber } from "../web/display.ts";
import { reconciliationAddress, refreshAddress } from "../web/navigation.ts";
import { viewProgress } from "../web/progress-view.ts";

/** What a repair would do, and of what. */
export interface RepairPreview {
  readonly id: number;
  readonly removeStale: boolean;
  readonly preview: Readonly<z.infer<typeof repairPreviewSchema>>;
  readonly faults: Faults | null;
}

/** What the preview of a repair shows; nothing of it has happened. */
export function viewRepair({ id, removeStale, preview, faults }: RepairPreview) {
  const path = `${reconciliationAddress(id)}/repair`;
  const { cases, deletes, needsAllowDeletes } = preview;
  return {
    id,
    run: reconciliationAddress(id),
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
export function viewRepairing(run: RefreshRun, faults: Faults | null, now: Instant) {
  const { refreshRun, startedBy, startedAt, finishedAt, cancelledAt, dryRun, outcomes } = run;
  return {
    title: `${run.reconciliationRun === undefined ? "Refresh" : "Repair"} ${refreshRun}`,
    reconciliation: run.reconciliationRun === undefined ? null : reconciliationAddress(String(run.reconciliationRun)),
    startedBy,
    dryRun,
    started: displayMoment(startedAt, now),
    progress: viewProgress(run.progress),
    mayBeCancelled: finishedAt === undefined && cancelledAt === undefined,
    faults,
    cancelled: cancelledAt === undefined ? null : displayMoment(cancelledAt, now),
    outcomes: Object.entries(outcomes).map(([outcome, number]) => ({ outcome, number: displayNumber(number) })),
    path: refreshAddress(refreshRun),
  };
}
