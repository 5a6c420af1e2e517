import type { TimeSource } from "../fact/outcome.ts";
import { formatLondonTime, type Instant } from "../../platform/time/london-time.ts";
import { hasNotEnded, isCurrent, type Pom, type ResponsibleOfficer } from "./plan.ts";

/** Everything the effective time of an allocation rests on. */
export interface EffectiveTimeQuestion {
  /** When the event happened; now when nothing says. */
  readonly occurredAt: Instant;
  readonly timeSource: TimeSource;
  readonly now: Instant;
  /** The event is our own refresh. */
  readonly isRefresh: boolean;
  /** The NOMIS staff code in the event: null for "no one", undefined when the event carries none. */
  readonly eventStaffCode: number | null | undefined;
  /** The NOMIS staff code in the answer: null when deallocated, undefined when the answer lacks it. */
  readonly answerStaffCode: number | null | undefined;
  readonly poms: readonly Pom[];
  readonly responsibleOfficers: readonly ResponsibleOfficer[];
}

/** From when a change holds, and why. */
export interface EffectiveTime {
  readonly at: Instant;
  readonly reason: string;
  /** Whether it is the time that the event itself names. */
  readonly isOfEvent: boolean;
}

/**
 * From when a change holds: the time of the event, unless Delius already says something about the time since then, or
 * the answer is newer than the event; then it holds from now (rule A1). What Delius says was so, stays so.
 */
export function findEffectiveTime(question: EffectiveTimeQuestion): EffectiveTime {
  const { occurredAt, timeSource, now } = question;
  const objection = findObjection(question);
  if (objection !== null) {
    return { at: now, reason: `It holds from now, ${formatLondonTime(now)}, because ${objection}.`, isOfEvent: false };
  }
  const time = formatLondonTime(occurredAt);
  if (timeSource === "event") {
    return { at: occurredAt, reason: `It holds from the time of the event, ${time}.`, isOfEvent: true };
  }
  const reason = `It holds from when SNS took the event, ${time}, because ${noTime}.`;
  return { at: occurredAt, reason, isOfEvent: false };
}

/** What a repair says of its time: nothing where that is the event's, for then nothing surprises. */
export function describeOtherTime({ reason, isOfEvent }: EffectiveTime): readonly string[] {
  return isOfEvent ? [] : [reason];
}

/** What a decision that changes nothing says of its time: which one stands for that which the event does not name. */
export function describeMissingTime({
  occurredAt,
  timeSource,
  isRefresh,
}: Pick<EffectiveTimeQuestion, "occurredAt" | "timeSource" | "isRefresh">): readonly string[] {
  if (isRefresh || timeSource === "event") return [];
  const stand = timeSource === null ? "now" : "when SNS took the event";
  return [`Its time is ${stand}, ${formatLondonTime(occurredAt)}, because ${noTime}.`];
}

const noTime = "the event names no time that can be read";

function findObjection(question: EffectiveTimeQuestion): string | null {
  const { occurredAt, timeSource, now, isRefresh, eventStaffCode, answerStaffCode } = question;
  if (isRefresh) return "this is a refresh and not a change that was announced";
  if (timeSource === null) return noTime;
  if (occurredAt > now) return "the time of the event is still to come";
  if (eventStaffCode !== undefined && eventStaffCode !== answerStaffCode) {
    return "Manage POM Cases' answer names another officer than the event, so it is newer";
  }
  const changesSince = ({ start, end }: { readonly start: Instant; readonly end: Instant | null }) =>
    (start >= occurredAt && start <= now) || (end !== null && end > occurredAt && end <= now);
  if (question.poms.some(changesSince)) return "Delius's POM has changed since the event";
  if (changesResponsibleOfficer(question) && question.responsibleOfficers.some(changesSince)) {
    return "Delius's responsible officer has changed since the event";
  }
  return null;
}

function changesResponsibleOfficer({ poms, responsibleOfficers, now }: EffectiveTimeQuestion): boolean {
  const movable = poms.filter((pom) => isCurrent(pom, now) || pom.start > now).map((pom) => pom.pomId);
  return responsibleOfficers.some((row) => row.pomId !== null && movable.includes(row.pomId) && hasNotEnded(row, now));
}
