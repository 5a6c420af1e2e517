import type { TimeFormat } from "../../operations/explanation/change-text.ts";
import { displayDate, displayTime } from "../web/display.ts";

/** How the pages of a case write dates and times. */
export const caseTimes: TimeFormat = { date: displayDate, time: (instant) => displayTime(Date.parse(instant)) };
