import { Temporal } from "temporal-polyfill";
import { z } from "zod";

/** Milliseconds since the epoch, UTC. */
export type Instant = number;

/** A calendar date, `yyyy-MM-dd`. */
export type IsoDate = string;

const zone = "Europe/London";
// A year below 1000 is a slip, and PostgreSQL knows no year 0.
const dateTime = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?<offset>Z|[+-]\d\d:?\d\d)?$/i;

// No event is older; calendars and databases differ on the year 0.
const earliest = Date.parse("1900-01-01T00:00:00Z");

/**
 * Reads a date-time of an event, to the millisecond. One without a zone is London wall time; a London time that exists
 * twice means the first (rule E1). Null when it is no date-time, or one before 1900.
 */
export function parseInstant(text: string): Instant | null {
  const match = dateTime.exec(text);
  if (match === null) return null;
  try {
    const isLondon = match.groups?.["offset"] === undefined;
    const instant = isLondon ? parseLondon(text) : Temporal.Instant.from(text).epochMilliseconds;
    return instant >= earliest ? instant : null;
  } catch (error) {
    // The shape is right but no calendar or clock shows it, such as 30 February.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function parseLondon(text: string): Instant {
  const wallTime = Temporal.PlainDateTime.from(text, { overflow: "reject" });
  return wallTime.toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds;
}

/** The London calendar date of an instant, as Delius's date columns hold it. */
export function londonDate(instant: Instant): IsoDate {
  return showInLondon(instant).slice(0, 10);
}

/** The London date of an instant as `dd/MM/yyyy` (rule A9). */
export function formatLondonDate(instant: Instant): string {
  return londonDate(instant).split("-").toReversed().join("/");
}

/** The London time of an instant as `dd/MM/yyyy HH:mm:ss` (rule A9). */
export function formatLondonTime(instant: Instant): string {
  return `${formatLondonDate(instant)} ${showInLondon(instant).slice(11)}`;
}

/** What London's clocks show, `yyyy-MM-ddTHH:mm:ss`. */
function showInLondon(instant: Instant): string {
  return new Date(instant + offsetAt(instant)).toISOString().slice(0, 19);
}

const second = 1000;
const hour = 3_600_000;

const londonHour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", hourCycle: "h23" });

// Before, London was 75 seconds behind Greenwich, which a placeholder date is not to show.
const railwayTime = Date.parse("1848-01-01T00:00:00Z");

// By the hour in which they hold, for some two years of hours: an event needs tens of them, mostly of the same hours.
const offsets = new Map<number, number>();
const maxOffsets = 17_520;

/** How far London's clocks are ahead of UTC; they change at whole hours of UTC only. */
function offsetAt(instant: Instant): number {
  if (instant < railwayTime) return 0;
  const hourOfInstant = Math.floor(instant / hour);
  const known = offsets.get(hourOfInstant);
  if (known !== undefined) return known;
  const difference = Number(londonHour.format(instant)) - new Date(instant).getUTCHours();
  const offset = ((difference + 24) % 24) * hour;
  if (offsets.size >= maxOffsets) offsets.clear();
  offsets.set(hourOfInstant, offset);
  return offset;
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

const wallTime = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?)?$/;

/**
 * An instant in a row of Delius. A column that holds days alone means their midnight. A time that the clocks show twice is the first,
 * one that they skip is an hour later.
 */
export const deliusTimeSchema = z
  .string()
  .regex(wallTime, "is not a time")
  .transform((text) => {
    const time = text.length === 10 ? `${text}T00:00:00` : text.replace(" ", "T");
    const asWinter = Math.floor(Date.parse(`${time}Z`) / second) * second;
    const asSummer = asWinter - hour;
    return offsetAt(asSummer) === hour ? asSummer : asWinter;
  });

/** The same as ISO text in UTC, as our answers show it. */
export const deliusIsoTimeSchema = deliusTimeSchema.transform((instant) => new Date(instant).toISOString());

/** A day in a row of Delius, `yyyy-MM-dd`. Oracle's dates have a time of day, and so has a column of a replica. */
export const deliusDateSchema = z
  .string()
  .transform((text) => text.slice(0, 10))
  .pipe(z.iso.date());
