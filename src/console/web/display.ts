import { Temporal } from "temporal-polyfill";
import type { TimeFormat } from "../../operations/explanation/change-text.ts";
import type { Instant, IsoDate } from "../../platform/time/london-time.ts";

/** A moment as a page shows it: how long ago, exactly when, and for machines. */
export interface Moment {
  readonly ago: string;
  readonly exact: string;
  readonly iso: string;
}

const zone = "Europe/London";
/** The months in English, January first. */
export const monthNames = "January February March April May June July August September October November December".split(
  " ",
);

/** A number with thousands separators: `12,345`. */
export function displayNumber(value: number): string {
  return String(Math.trunc(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** A number and what it counts: `1 message`, `12,345 messages`. */
export function displayCount(value: number, singular: string, plural = `${singular}s`): string {
  return `${displayNumber(value)} ${value === 1 ? singular : plural}`;
}

/** A calendar date: `28 November 2026`. */
export function displayDate(date: IsoDate): string {
  const { day, month, year } = Temporal.PlainDate.from(date);
  return `${day} ${monthNames[month - 1]} ${year}`;
}

/** London time: `28 November 2026 at 14:59`. */
export function displayTime(instant: Instant): string {
  const { hour, minute, day, month, year } = inLondon(instant);
  const time = [hour, minute].map((value) => String(value).padStart(2, "0")).join(":");
  return `${day} ${monthNames[month - 1]} ${year} at ${time}`;
}

function inLondon(instant: Instant): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** A duration in its largest unit: `3 minutes`, `1 hour`, `12 days`; less than a second is `less than a second`. */
export function displayDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [unit, size] = units.find(([, length]) => seconds >= length) ?? ["second", 1];
  return seconds < 1 ? "less than a second" : displayCount(Math.floor(seconds / size), unit);
}

/** A moment beside the present one: `3 minutes ago`, `in 2 hours`, `just now`. */
export function displayAgo(instant: Instant, now: Instant): string {
  const distance = Math.abs(now - instant);
  if (distance < 1_000) return "just now";
  return instant < now ? `${displayDuration(distance)} ago` : `in ${displayDuration(distance)}`;
}

/** Everything that a page shows of a moment; takes an instant or the text of one, as an API's answer holds it. */
export function displayMoment(at: Instant | string, now: Instant): Moment {
  const instant = typeof at === "number" ? at : Date.parse(at);
  return { ago: displayAgo(instant, now), exact: displayTime(instant), iso: new Date(instant).toISOString() };
}

/** How pages write the dates and times of texts that the terminal shows too. */
export const pageTimes: TimeFormat = { date: displayDate, time: (instant) => displayTime(Date.parse(instant)) };

/** A text as the beginning of a line. */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
