import type { Instant } from "../../platform/time/london-time.ts";
import type { Faults } from "../web/form-faults.ts";
import { describeProgress, describeRunWords, type RunFacts } from "./run-words.ts";
import { drawTrend } from "./trend.ts";

/** A page of runs, the newest first. */
export interface RunsFacts {
  readonly runs: readonly RunFacts[];
  readonly next: string | undefined;
  readonly isFirst: boolean;
  readonly faults: Faults | null;
}

const path = "/console/reconciliation";

/** What the page of runs shows: what is under way, how many differences there were from run to run, and the runs. */
export function viewRuns({ runs, next, isFirst, faults }: RunsFacts, now: Instant) {
  const underWay = runs.find(({ state }) => state === "running");
  const rows = runs.map((run) => describeRunWords(run, now));
  return {
    rows,
    trend: drawTrend(
      runs.flatMap(({ id, startedAt, selection }, index) => {
        const differences = rows[index]?.differences ?? null;
        return selection.all === true && differences !== null ? [{ id, startedAt, differences }] : [];
      }),
    ),
    underWay:
      underWay === undefined ? null : { ...describeRunWords(underWay, now), progress: describeProgress(underWay) },
    next: next === undefined ? null : `${path}?before=${next}`,
    isFirst,
    faults,
  };
}
