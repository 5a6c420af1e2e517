import type { Progress } from "../../operations/action/action-result.ts";
import { displayNumber } from "./display.ts";

/** How far long work has come, as every page shows it. */
export interface ProgressView {
  readonly isRunning: boolean;
  readonly sentence: string;
  readonly counts: readonly { readonly name: string; readonly text: string }[];
}

/** Puts into words how far long work has come. */
export function viewProgress({ ordered, sent, settled, failed }: Progress): ProgressView {
  const open = ordered - settled - failed;
  const counts = { Ordered: ordered, Sent: sent, Settled: settled, Failed: failed };
  return {
    isRunning: open > 0,
    sentence: open > 0 ? `${displayNumber(open)} of ${displayNumber(ordered)} still under way.` : describeEnd(failed),
    counts: Object.entries(counts).map(([name, value]) => ({ name, text: displayNumber(value) })),
  };
}

function describeEnd(failed: number): string {
  return failed === 0 ? "All done." : `Done; ${displayNumber(failed)} failed.`;
}
