import { reconciliationAddress } from "../web/navigation.ts";
import type { z } from "zod";
import type { runSchema } from "../../operations/reconciliation/run-schema.ts";
import type { RunState } from "../../operations/reconciliation/run-state.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { ProgressView } from "../web/progress-view.ts";
import { displayCount, displayDuration, displayMoment, displayNumber, type Moment } from "../web/display.ts";

/** A run, as the API describes it. */
export type RunFacts = Readonly<z.input<typeof runSchema>>;

/** A run in words. */
export interface RunWords {
  readonly id: number;
  readonly href: string;
  readonly cases: string;
  readonly state: RunState;
  readonly stateText: string;
  readonly colour: string;
  readonly started: Moment;
  readonly took: string | null;
  readonly orderedBy: string;
  readonly compared: string;
  /** Null until the run is finished. */
  readonly differences: number | null;
  readonly differencesText: string;
}

const states: Readonly<Record<RunState, readonly [text: string, colour: string]>> = {
  running: ["Under way", "blue"],
  finished: ["Finished", "green"],
  cancelled: ["Cancelled", "grey"],
  unfinished: ["Not finished", "yellow"],
};

/** Puts a run into words. */
export function describeRunWords(run: RunFacts, now: Instant): RunWords {
  const { id, state, startedAt, finishedAt, differences, compared, orderedBy } = run;
  const [stateText, colour] = states[state];
  const found = differences === undefined ? null : countAll(differences);
  return {
    id,
    href: reconciliationAddress(id),
    cases: describeCases(run.selection),
    state,
    stateText,
    colour,
    started: displayMoment(startedAt, now),
    took: finishedAt === undefined ? null : displayDuration(Date.parse(finishedAt) - Date.parse(startedAt)),
    orderedBy: orderedBy ?? "a command",
    compared: displayNumber(compared),
    differences: found,
    differencesText: found === null ? "not known" : displayNumber(found),
  };
}

function countAll(differences: Readonly<Record<string, number | undefined>>): number {
  return Object.values(differences).reduce<number>((sum, number = 0) => sum + number, 0);
}

function describeCases({ all, prison, sample, chosen }: RunFacts["selection"]): string {
  if (all === true) return "all cases";
  if (prison !== undefined) return `cases of prison ${prison}`;
  if (sample !== undefined) return `a sample of ${displayCount(sample, "case")}`;
  return `${displayCount(chosen ?? 0, "case")} by number`;
}

/** How far a run is that the service carries out, as all long work is shown; null where none is under way. */
export function describeProgress({ state, progress, compared, failed = 0 }: RunFacts): RunProgress | null {
  if (state !== "running") return null;
  const percent = Math.min(100, Math.floor(progress * 100));
  const read = `${displayCount(compared, "case")} compared, about ${percent}% of all that were chosen.`;
  const sentence =
    percent < 100 ? read : `${read} What differs is read a second time: what was on its way arrives meanwhile.`;
  // How many cases there are is known by how far through their keys the run has come.
  const ordered = progress > 0 ? `about ${displayNumber(Math.max(compared, compared / progress))}` : "not known yet";
  const counts = { Sent: compared, Settled: compared - failed, Failed: failed };
  const numbers = Object.entries(counts).map(([name, value]) => ({ name, text: displayNumber(value) }));
  return { isRunning: true, sentence, percent, counts: [{ name: "Ordered", text: ordered }, ...numbers] };
}

interface RunProgress extends ProgressView {
  readonly percent: number;
}
