import type { Progress } from "../../operations/action/action-result.ts";
import { displayNumber } from "./display.ts";

/** How far long work has come, as every page shows it. */
export interface ProgressView {
  readonly isRunning: boolean;
  readonly sentence: string;
  readonly counts: readonly { readonly name: string; readonly text: string }[];
}

/** Puts into words how far long work has come; what `isHeld` goes on only when an operator lets it. */
export function viewProgress(progress: Progress, isHeld = false): ProgressView {
  const { ordered, sent, settled, failed, cancelled } = progress;
  const open = isHeld ? ordered - sent : ordered - settled - failed - cancelled;
  const counts = { Ordered: ordered, Sent: sent, Settled: settled, Failed: failed };
  return {
    isRunning: open > 0 && !isHeld,
    sentence: open > 0 ? describeOpen(open, progress, isHeld) : describeEnd(progress),
    counts: Object.entries(cancelled === 0 ? counts : { ...counts, "Not sent": cancelled }).map(([name, value]) => ({
      name,
      text: displayNumber(value),
    })),
  };
}

function describeOpen(open: number, { ordered }: Progress, isHeld: boolean): string {
  const share = `${displayNumber(open)} of ${displayNumber(ordered)}`;
  return isHeld ? `Held: ${share} are not sent.` : `${share} still under way.`;
}

function describeEnd({ ordered, failed, cancelled }: Progress): string {
  const failures = failed === 0 ? "" : `; ${displayNumber(failed)} failed`;
  if (cancelled > 0) return `Ended: ${displayNumber(cancelled)} of ${displayNumber(ordered)} were not sent${failures}.`;
  return failed === 0 ? "All done." : `Done${failures}.`;
}
