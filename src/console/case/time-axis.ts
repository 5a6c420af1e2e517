import { Temporal } from "temporal-polyfill";
import type { Instant } from "../../platform/time/london-time.ts";

/** A stretch of time, drawn to scale from the left edge to the right one. */
export interface TimeAxis {
  readonly from: Instant;
  readonly to: Instant;
}

/** A line of the scale: where it stands, in per cent of the width, and what it says. */
export interface ScaleLine {
  readonly x: number;
  readonly label: string;
}

const day = 24 * 60 * 60 * 1000;
const leastSpan = 30 * day;
/** What stays free on each side, as a share of the span. */
const margin = 0.03;

/** The axis on which all of some instants have their place. */
export function axisOf(instants: readonly Instant[]): TimeAxis {
  const from = instants.reduce((one, other) => Math.min(one, other));
  const to = instants.reduce((one, other) => Math.max(one, other));
  const lacking = Math.max(0, leastSpan - (to - from)) / 2;
  const free = Math.max(to - from, leastSpan) * margin;
  return { from: Math.floor(from - lacking - free), to: Math.ceil(to + lacking + free) };
}

/** Where an instant stands, in per cent of the width, to a hundredth; what is outside stands at the edge. */
export function placeOn({ from, to }: TimeAxis, instant: Instant): number {
  const share = (instant - from) / (to - from);
  return Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100;
}

const mostLines = 5;
const steps = [
  { days: 7 },
  { days: 14 },
  { months: 1 },
  { months: 3 },
  { months: 6 },
  { years: 1 },
  { years: 2 },
  { years: 5 },
  { years: 10 },
  { years: 25 },
] as const;

type Step = (typeof steps)[number];

/** The lines of the scale: few enough for their labels on a narrow screen. */
export function scaleOf(axis: TimeAxis): readonly ScaleLine[] {
  for (const step of steps) {
    const dates = listDates(axis, step);
    if (dates.length > mostLines) continue;
    return dates.map((date) => ({ x: placeOn(axis, toInstant(date)), label: labelOf(date, step) }));
  }
  return [];
}

function listDates({ from, to }: TimeAxis, step: Step): readonly Temporal.PlainDate[] {
  const dates: Temporal.PlainDate[] = [];
  const first = firstDate(Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).toPlainDate(), step);
  for (let date = first; toInstant(date) < to && dates.length <= mostLines; date = date.add(step)) {
    if (toInstant(date) > from) dates.push(date);
  }
  return dates;
}

/** The date of a step on which or before which an axis begins: years that the step divides, months from January on. */
function firstDate(date: Temporal.PlainDate, step: Step): Temporal.PlainDate {
  if ("days" in step) return date.subtract({ days: date.dayOfWeek - 1 });
  if ("months" in step) return date.with({ month: date.month - ((date.month - 1) % step.months), day: 1 });
  return date.with({ year: date.year - (date.year % step.years), month: 1, day: 1 });
}

const zone = "Europe/London";
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function toInstant(date: Temporal.PlainDate): Instant {
  return date.toZonedDateTime(zone).epochMilliseconds;
}

function labelOf({ day: number, month, year }: Temporal.PlainDate, step: Step): string {
  if ("years" in step) return String(year);
  const name = months[month - 1] ?? "";
  return "days" in step ? `${number} ${name}` : `${name} ${year}`;
}
