import { londonDate, type Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayDate, displayTime } from "../web/display.ts";
import type { Entry, Lane } from "./history.ts";
import { axisOf, placeOn, scaleOf, type ScaleLine, type TimeAxis } from "./time-axis.ts";

/** A part of a period: places and widths are per cent of the width, so that the picture fits every screen. */
export interface Bar {
  readonly x: number;
  readonly width: number;
  /** Whether it is still to come. */
  readonly isFuture: boolean;
}

/** A message, or several that stand at one place. */
export interface Tick {
  readonly x: number;
  /** When they were decided and how, for anyone who points at them. */
  readonly title: string;
}

/** One line of a lane. */
export interface Row {
  /** From the top, in rem, so that the picture grows with the text. */
  readonly y: number;
  /** What stands beside or above the bar. */
  readonly label: string;
  readonly detail: string;
  /** All of it: what a screen reader says of the row, and what is shown to anyone who points at it. */
  readonly title: string;
  readonly style: string;
  readonly href: string | null;
  readonly bars: readonly Bar[];
  readonly diamonds: readonly number[];
  readonly ticks: readonly Tick[];
}

/** A case over time, described by shapes. */
export interface Picture {
  readonly height: number;
  readonly description: string;
  readonly today: number;
  readonly scale: readonly ScaleLine[];
  readonly lanes: readonly { readonly title: string; readonly y: number; readonly rows: readonly Row[] }[];
}

/** Heights in rem. */
const heights = { scale: 2.75, title: 2.25, row: 2.75, after: 0.75 } as const;

/** Draws what happened to a case and what will, to scale; null where there is nothing to draw. */
export function drawPicture(lanes: readonly Lane[], now: Instant): Picture | null {
  if (lanes.length === 0) return null;
  const axis = axisOf([now, ...lanes.flatMap(({ entries }) => entries.flatMap((entry) => instantsOf(entry, now)))]);
  let y: number = heights.scale;
  const drawn = lanes.map(({ title, entries }) => {
    const top = y;
    const rows = entries.map((entry, index) =>
      drawRow(entry, { axis, now, y: top + heights.title + index * heights.row }),
    );
    y = top + heights.title + entries.length * heights.row + heights.after;
    return { title, y: top, rows };
  });
  return { height: y, description: describe(lanes), today: placeOn(axis, now), scale: scaleOf(axis), lanes: drawn };
}

/** What the axis has to show: a COM of long ago does not press everything else into its last hundredth. */
function instantsOf({ kind, style, moments }: Entry, now: Instant): readonly Instant[] {
  if (kind === "period" && style === "com") return [moments[1] ?? now];
  return moments.filter((moment) => moment !== null);
}

interface Canvas {
  readonly axis: TimeAxis;
  readonly now: Instant;
  readonly y: number;
}

function drawRow(entry: Entry, { axis, now, y }: Canvas): Row {
  const { kind, style, name, place, moments, origin } = entry;
  const places = moments.map((moment) => placeOn(axis, moment ?? axis.to));
  const label = place === "" ? name : `${name}, ${place}`;
  return {
    y,
    label: shorten(label),
    detail: kind === "period" ? describePeriod(moments) : "",
    title: [label + describeSpan(entry), ...(origin === null ? [] : [origin.text])].join(". "),
    style: style.replace(" ", "-"),
    href: origin?.href ?? null,
    bars: kind === "period" ? drawBars(places, placeOn(axis, now)) : [],
    diamonds: kind === "date" ? places : [],
    ticks: kind === "messages" ? listTicks(entry, axis) : [],
  };
}

/** When an entry was, where its name does not say so. */
function describeSpan({ kind, from, to, moments }: Entry): string {
  if (kind === "date") return "";
  if (to === "") return `: ${from}`;
  return `: from ${from}, ${moments[1] === null ? to : `to ${to}`}`;
}

/** Messages, the newest first, by their places. */
function listTicks({ style, moments }: Entry, axis: TimeAxis): readonly Tick[] {
  const known = moments.filter((moment) => moment !== null);
  const byPlace = Map.groupBy(known, (moment) => placeOn(axis, moment));
  return [...byPlace].map(([x, [newest = axis.to, ...others]]) => {
    const oldest = others.at(-1);
    const times = oldest === undefined ? displayTime(newest) : `${displayTime(oldest)} to ${displayTime(newest)}`;
    return { x, title: `${displayCount(others.length + 1, "message")}, ${style}: ${times}` };
  });
}

function describePeriod([start = null, end = null]: Entry["moments"]): string {
  const date = (instant: Instant) => displayDate(londonDate(instant));
  if (start === null) return "";
  return end === null ? `From ${date(start)}` : `${date(start)} to ${date(end)}`;
}

/** Even the shortest period is to be seen. */
const leastWidth = 0.5;

function drawBars([from = 0, to = 100]: readonly number[], today: number): readonly Bar[] {
  const width = (start: number, end: number) => Math.round(Math.max(leastWidth, end - start) * 100) / 100;
  if (from >= today) return [{ x: from, width: width(from, to), isFuture: true }];
  const past = { x: from, width: width(from, Math.min(to, today)), isFuture: false };
  return to <= today ? [past] : [past, { x: today, width: width(today, to), isFuture: true }];
}

/** What fits beside or above a bar on a narrow screen; the table has all of it. */
const longest = 36;

function shorten(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).trimEnd()}…`;
}

function describe(lanes: readonly Lane[]): string {
  const counts = lanes.map(({ title, entries: [first, ...others] }) =>
    first?.kind === "messages"
      ? [first, ...others].map(({ name }) => name).join(", ")
      : `${title}: ${displayCount(others.length + 1, first?.kind === "date" ? "date" : "period")}`,
  );
  return `${counts.join("; ")}. The table below says the same.`;
}
