import { parseInstant, type Instant } from "../../platform/time/london-time.ts";
import { monthNames } from "../web/display.ts";

/** Which end of a stretch of time was typed: the first moment of what was named, or its last. */
export type Edge = "from" | "to";

const time = String.raw`(?:(?:,| at|T)? ?(?<time>\d{1,2}:\d\d))?`;
const forms = [
  String.raw`(?<day>\d{1,2})[/.](?<month>\d{1,2})[/.](?<year>\d{4})`,
  String.raw`(?<day>\d{1,2}) (?<name>[a-z]{3,9}) (?<year>\d{4})`,
  String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)`,
].map((date) => new RegExp(`^${date}${time}$`, "i"));

/**
 * A moment as a person types it, in London time: `28/11/2026`, `28/11/2026 14:30`, as a page shows it, or as an address of
 * the API holds it. A day or minute is meant whole: `edge` says which end of it. Null for what is no moment.
 */
export function readTypedTime(text: string, edge: Edge): Instant | null {
  const typed = text.trim().replaceAll(/\s+/g, " ");
  const found = forms.map((form) => form.exec(typed)?.groups).find((groups) => groups !== undefined);
  if (found === undefined) return parseInstant(typed);
  const date = [found["year"], readMonth(found), found["day"]].map((part = "") => part.padStart(2, "0")).join("-");
  const [first, last] = found["time"] === undefined ? ["00:00", "23:59:59.999"] : rangeOf(found["time"]);
  return parseInstant(`${date}T${edge === "from" ? first : last}`);
}

function readMonth({ month, name = "" }: Readonly<Record<string, string>>): string {
  const place = monthNames.findIndex((one) => one.toLowerCase().startsWith(name.toLowerCase()));
  return month ?? String(place + 1);
}

function rangeOf(minute: string): readonly [string, string] {
  const padded = minute.padStart(5, "0");
  return [padded, `${padded}:59.999`];
}
