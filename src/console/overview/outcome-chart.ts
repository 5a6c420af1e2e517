import { scaleBand, scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import type { Instant } from "../../platform/time/london-time.ts";
import { displayNumber, displayTime } from "../web/display.ts";
import type { OutcomeClass } from "../../sync/fact/outcome.ts";

// From the bottom of a bar to its top.
const chartClasses = ["written", "no change", "waiting", "quarantined"] as const satisfies readonly OutcomeClass[];

/** How many facts ended in a class in the stretch that begins at `at`. */
export interface Count {
  readonly at: Instant;
  readonly outcomeClass: string;
  readonly facts: number;
}

/** The stretches of time of a chart. */
export interface Stretches {
  readonly since: Instant;
  readonly seconds: number;
  readonly number: number;
}

// In the picture's own units.
const chartSize = { width: 720, height: 220, left: 46, bottom: 26 } as const;

/** A stacked bar chart as numbers that a template draws, and the table that says the same. */
export function drawOutcomes(counts: readonly Count[], { since, seconds, number }: Stretches) {
  const { width, height, left, bottom } = chartSize;
  const rows = Array.from({ length: number }, (_, index) => {
    const at = since + index * seconds * 1000;
    const found = counts.filter((count) => count.at === at);
    return { at, facts: Object.fromEntries(chartClasses.map((name) => [name, sumOf(found, name)])) };
  });
  const totals = rows.map(({ facts }) => Object.values(facts).reduce((sum, value) => sum + value, 0));
  const x = scaleBand<number>()
    .domain(rows.map(({ at }) => at))
    .range([left, width])
    .padding(0.2);
  const y = scaleLinear()
    .domain([0, Math.max(1, ...totals)])
    .nice(4)
    .range([height - bottom, 6]);
  const layers = stackClasses(rows);
  return {
    ...chartSize,
    bars: layers.flatMap((layer) =>
      layer.flatMap(([low, high], index) => {
        const row = rows[index];
        if (row === undefined || high === low) return [];
        return { name: layer.key, x: x(row.at) ?? 0, y: y(high), width: x.bandwidth(), height: y(low) - y(high) };
      }),
    ),
    steps: y
      .ticks(4)
      .filter(Number.isInteger)
      .map((value) => ({ text: displayNumber(value), y: y(value) })),
    marks: rows
      .filter((_, index) => index % Math.ceil(number / 6) === 0)
      .map(({ at }) => ({ text: shortTime(at, seconds), x: (x(at) ?? 0) + x.bandwidth() / 2 })),
    rows: listRows(rows),
    isEmpty: totals.every((total) => total === 0),
    totals: chartClasses.map((name) => ({ name, text: displayNumber(sumOf(counts, name)) })),
  };
}

interface Row {
  readonly at: Instant;
  readonly facts: Readonly<Record<string, number>>;
}

function stackClasses(rows: readonly Row[]) {
  const stacked = stack<Row, string>()
    .keys([...chartClasses])
    .value(({ facts }, name) => facts[name] ?? 0);
  return stacked([...rows]);
}

/** The table that says what the picture shows: the newest first, without what is empty. */
function listRows(rows: readonly Row[]) {
  return rows
    .filter(({ facts }) => Object.values(facts).some((value) => value > 0))
    .toReversed()
    .map(({ at, facts }) => ({
      from: displayTime(at),
      cells: chartClasses.map((name) => displayNumber(facts[name] ?? 0)),
    }));
}

function sumOf(counts: readonly Count[], name: string): number {
  return counts.filter(({ outcomeClass }) => outcomeClass === name).reduce((sum, { facts }) => sum + facts, 0);
}

/** `14:00` within a day, `28 November` over several. */
function shortTime(at: Instant, seconds: number): string {
  const [day = "", month = "", , , time = ""] = displayTime(at).split(" ");
  return seconds < 10_000 ? time : `${day} ${month.slice(0, 3)}`;
}
