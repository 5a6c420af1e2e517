import { z } from "zod";
import type { Instant } from "../../platform/time/london-time.ts";

const second = 1000;
const hour = 3_600_000;

const londonHour = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", hourCycle: "h23" });

/** How far London's clocks are ahead of UTC; they change at whole hours of UTC only. */
function offsetAt(instant: Instant): number {
  const difference = Number(londonHour.format(instant)) - new Date(instant).getUTCHours();
  return ((difference + 24) % 24) * hour;
}

/**
 * The instant as Delius can hold it: whole seconds, never later, and in the hour that the clocks show for the second time
 * the last second of the first time. A later instant never becomes an earlier time, so that what ends a row never
 * precedes what began it. Every instant is made one before anything is decided from it.
 */
export function toDeliusTime(instant: Instant): Instant {
  const whole = Math.floor(instant / second) * second;
  const isSecondPass = offsetAt(whole) < offsetAt(whole - hour);
  return isSecondPass ? Math.floor(whole / hour) * hour - second : whole;
}

/** The London wall time of an instant as Delius holds it, `yyyy-MM-ddTHH:mm:ss` without a zone. */
export function writeDeliusTime(instant: Instant): string {
  const time = toDeliusTime(instant);
  return new Date(time + offsetAt(time)).toISOString().slice(0, 19);
}

/** Reads a wall time: one that the clocks show twice is the first, one that they skip is an hour later. */
function readDeliusTime(text: string): Instant {
  const asWinter = Math.floor(Date.parse(`${text.replace(" ", "T")}Z`) / second) * second;
  const asSummer = asWinter - hour;
  return offsetAt(asSummer) === hour ? asSummer : asWinter;
}

const wallTime = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?)?$/;

/** An instant in a row of Delius. A column that holds days alone means their midnight. */
export const deliusTimeSchema = z
  .string()
  .regex(wallTime, "is not a time")
  .transform((text) => readDeliusTime(text.length === 10 ? `${text}T00:00:00` : text));

/** The same as ISO text in UTC, as our answers show it. */
export const deliusIsoTimeSchema = deliusTimeSchema.transform((instant) => new Date(instant).toISOString());

/** A day in a row of Delius, `yyyy-MM-dd`. Oracle's dates have a time of day, and so has a column of a replica. */
export const deliusDateSchema = z
  .string()
  .transform((text) => text.slice(0, 10))
  .pipe(z.iso.date());
