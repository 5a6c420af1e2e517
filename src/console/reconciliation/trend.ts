import { scaleBand, scaleLinear } from "d3-scale";
import { displayCount, displayDate } from "../web/display.ts";

/** A run over all cases, as the trend shows it. */
export interface TrendRun {
  readonly id: number;
  readonly startedAt: string;
  readonly differences: number;
}

/** Bars of a picture, in its own units. */
export interface Trend {
  readonly width: number;
  readonly height: number;
  readonly bars: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly title: string;
  }[];
  readonly first: string;
  readonly last: string;
  readonly summary: string;
}

const size = { width: 720, height: 120 } as const;
const maxBand = 48;

/** How many differences each run found, the oldest first; null where fewer than two runs could show a trend. */
export function drawTrend(newestFirst: readonly TrendRun[]): Trend | null {
  const runs = newestFirst.toReversed();
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined || runs.length < 2) return null;
  const x = scaleBand<number>()
    .domain(runs.map(({ id }) => id))
    .range([0, Math.min(size.width, runs.length * maxBand)])
    .padding(0.2);
  const y = scaleLinear()
    .domain([0, Math.max(1, ...runs.map(({ differences }) => differences))])
    .range([0, size.height - 4]);
  const dayOf = ({ startedAt }: TrendRun) => displayDate(startedAt.slice(0, 10));
  return {
    ...size,
    bars: runs.map((run) => {
      // A run without differences is a line on the ground.
      const height = y(run.differences) + 2;
      const title = `Run ${run.id}, ${dayOf(run)}: ${displayCount(run.differences, "difference")}`;
      return { x: x(run.id) ?? 0, y: size.height - height, width: x.bandwidth(), height, title };
    }),
    first: dayOf(first),
    last: dayOf(last),
    summary: `${displayCount(runs.length, "run")} over all cases: ${displayCount(first.differences, "difference")} in the first, ${displayCount(last.differences, "difference")} in the last.`,
  };
}
