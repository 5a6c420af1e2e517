import { Temporal } from "temporal-polyfill";

/** Milliseconds since the epoch, UTC. */
export type Instant = number;

/** A calendar date, `yyyy-MM-dd`. */
export type IsoDate = string;

const zone = "Europe/London";
const withOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;
const withoutOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/i;

/**
 * Reads a date-time of an event, to the millisecond. One without a zone is London wall time; a London time that exists
 * twice means the first (spec 3.1, 3.2). Null when it is no date-time.
 */
export function parseInstant(text: string): Instant | null {
  if (withOffset.test(text)) {
    const instant = Date.parse(text);
    return Number.isNaN(instant) ? null : instant;
  }
  return withoutOffset.test(text) ? parseLondon(text) : null;
}

function parseLondon(text: string): Instant | null {
  try {
    const wallTime = Temporal.PlainDateTime.from(text, { overflow: "reject" });
    return wallTime.toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The London calendar date of an instant, as Delius's date columns hold it. */
export function londonDate(instant: Instant): IsoDate {
  return inLondon(instant).toPlainDate().toString();
}

/** The London date of an instant as `dd/MM/yyyy` (spec 1.4.1). */
export function formatLondonDate(instant: Instant): string {
  const { day, month, year } = inLondon(instant);
  return `${pad(day)}/${pad(month)}/${pad(year, 4)}`;
}

/** The London time of an instant as `dd/MM/yyyy HH:mm:ss` (spec 1.4). */
export function formatLondonTime(instant: Instant): string {
  const { hour, minute, second } = inLondon(instant);
  return `${formatLondonDate(instant)} ${pad(hour)}:${pad(minute)}:${pad(second)}`;
}

function inLondon(instant: Instant): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
