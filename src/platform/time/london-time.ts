import { Temporal } from "temporal-polyfill";

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
  return inLondon(instant).toPlainDate().toString();
}

/** The London date of an instant as `dd/MM/yyyy` (rule A9). */
export function formatLondonDate(instant: Instant): string {
  const { day, month, year } = inLondon(instant);
  return `${pad(day)}/${pad(month)}/${pad(year, 4)}`;
}

/** The London time of an instant as `dd/MM/yyyy HH:mm:ss` (rule A9). */
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
