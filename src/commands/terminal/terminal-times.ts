import type { TimeFormat } from "../../operations/explanation/change-text.ts";
import { formatLondonDate, formatLondonTime } from "../../platform/time/london-time.ts";

/** Dates as `dd/MM/yyyy`, instants as London's clocks showed them, to the second. */
export const terminalTimes: TimeFormat = {
  date: (date) => formatLondonDate(Date.parse(`${date}T12:00:00Z`)),
  time: (instant) => formatLondonTime(Date.parse(instant)),
};
