import { formatLondonDate, formatLondonTime, londonDate, toDeliusTime } from "../../src/platform/time/london-time.ts";
import type { Tell } from "./delius-changes.ts";
import type { Snapshot } from "./delius-rows.ts";

const day = 24 * 60 * 60 * 1000;

/**
 * Values that differ from run to run are told by what they mean: the moment of a decision is `now`, and one that lay
 * ahead before it is `in 30 days`.
 */
export function createReport(before: Snapshot, decided: readonly Date[]): Tell {
  const [first = new Date()] = decided;
  const ahead = Object.values(before)
    .flatMap((rows) => Object.values(rows))
    .flatMap((row) => Object.values(row))
    .flatMap((value) => (typeof value === "string" && isInstantAfter(value, first) ? [value] : []));
  const names = new Map([
    // Our own tables keep milliseconds, Delius keeps seconds.
    ...decided.flatMap((instant) => {
      const time = instant.getTime();
      return [time, toDeliusTime(time)].map((one) => [one, "now"] as const);
    }),
    ...ahead.map((text) => {
      const days = Math.round((Date.parse(text) - first.getTime()) / day);
      return [Date.parse(text), `in ${days} days`] as const;
    }),
  ]);
  return (value, column) => {
    if (typeof value !== "string") return value;
    const name = isoInstant.test(value) ? names.get(Date.parse(value)) : undefined;
    if (name !== undefined) return name;
    if (column === "contact_date" && decided.some((instant) => londonDate(instant.getTime()) === value)) return "today";
    return [...names].reduce((text, [instant, one]) => replaceLondon(text, instant, one), value);
  };
}

const isoInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function isInstantAfter(text: string, instant: Date): boolean {
  return isoInstant.test(text) && Date.parse(text) > instant.getTime();
}

function replaceLondon(text: string, instant: number, name: string): string {
  const told = text.replaceAll(formatLondonTime(instant), `{${name}}`);
  return name === "now" ? told.replaceAll(formatLondonDate(instant), "{today}") : told;
}
