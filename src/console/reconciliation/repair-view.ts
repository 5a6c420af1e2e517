import type { z } from "zod";
import { fewFirst } from "../../operations/action/few-first.ts";
import type { repairPreviewSchema } from "../../operations/reconciliation/run-schema.ts";
import type { refreshRunSchema } from "../../operations/refresh/refresh-schema.ts";
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
    pace: describePace(cases),
    other: removeStale ? path : `${path}?removeStale=true`,
    faults,
  };
}

function describePace(cases: number): string {
  const rest = cases - fewFirst;
  if (rest <= 0) return "";
  const others = rest === 1 ? "other one follows" : `other ${displayNumber(rest)} follow`;
  return `The first ${fewFirst} go first. When all of them went well, the ${others} by ${rest === 1 ? "itself" : "themselves"}. Otherwise the repair is held: you see the result of each, and let it continue or cancel it.`;
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
    isHeld: run.state === "held",
    sentence: describeState(run),
    progress: viewProgress(run.progress, run.state === "held"),
    mayBeCancelled: finishedAt === undefined && cancelledAt === undefined,
    faults,
    cancelled: cancelledAt === undefined ? null : displayMoment(cancelledAt, now),
    outcomes: Object.entries(outcomes).map(([outcome, number]) => ({ outcome, number: displayNumber(number) })),
    path: refreshAddress(refreshRun),
  };
}

/** What the first few of a repair mean for the rest; null where nothing waits for them. */
function describeState({ state, progress: { sent, settled } }: RefreshRun): string | null {
  if (state === "first")
    return `The first ${fewFirst} are sent. When all of them went well, the rest follows by itself.`;
  if (state !== "held") return null;
  return `Of the first ${displayNumber(sent)}, ${displayNumber(sent - settled)} did not go well, so the rest is held. Look at the result of each below, and repair the cause. Then let the rest follow, or cancel the repair.`;
}
