import { formatLondonTime } from "../../platform/time/london-time.ts";
import type { AllocationQuestion } from "./allocation-question.ts";
import { hasNotEnded, isCurrent, type Moment, type Period, type StandingRows } from "./plan.ts";

/** From when a change holds, and why. */
export interface EffectiveTime extends Moment {
  readonly reason: string;
  /** Whether it is the time that the event itself names. */
  readonly isOfEvent: boolean;
}

/**
 * From when a change holds: the time of the event, unless Delius already says something about the time since then, or
 * the answer is newer than the event; then it holds from now (rule A1). What Delius says was so, stays so.
 */
export function findEffectiveTime(standing: StandingRows, question: AllocationQuestion): EffectiveTime {
  const { occurredAt, timeSource, now } = question;
  const objection = findObjection(standing, question);
  if (objection !== null) {
    const reason = `It holds from now, ${formatLondonTime(now)}, because ${objection}.`;
    return { at: now, now, reason, isOfEvent: false };
  }
  const time = formatLondonTime(occurredAt);
  if (timeSource === "event") {
    return { at: occurredAt, now, reason: `It holds from the time of the event, ${time}.`, isOfEvent: true };
  }
  const reason = `It holds from when SNS took the event, ${time}, because ${noTime}.`;
  return { at: occurredAt, now, reason, isOfEvent: false };
}

/** What a repair says of its time: nothing where that is the event's, for then nothing surprises. */
export function describeOtherTime({ reason, isOfEvent }: EffectiveTime): readonly string[] {
  return isOfEvent ? [] : [reason];
}

/** What a decision that changes nothing says of its time: which one stands for that which the event does not name. */
export function describeMissingTime({ occurredAt, timeSource, isRefresh }: AllocationQuestion): readonly string[] {
  if (isRefresh || timeSource === "event") return [];
  const stand = timeSource === null ? "now" : "when SNS took the event";
  return [`Its time is ${stand}, ${formatLondonTime(occurredAt)}, because ${noTime}.`];
}

const noTime = "the event names no time that can be read";

function findObjection(
  { poms, responsibleOfficers }: StandingRows,
  { answer, occurredAt, timeSource, now, isRefresh, eventStaffCode }: AllocationQuestion,
): string | null {
  if (isRefresh) return "this is a refresh and not a change that was announced";
  if (timeSource === null) return noTime;
  if (occurredAt > now) return "the time of the event is still to come";
  const answerStaffCode = answer.kind === "allocated" ? answer.manager.code : null;
  if (eventStaffCode !== undefined && eventStaffCode !== answerStaffCode) {
    return "Manage POM Cases' answer names another officer than the event, so it is newer";
  }
  const changesSince = ({ start, end }: Period) =>
    (start >= occurredAt && start <= now) || (end !== null && end > occurredAt && end <= now);
  if (poms.some(changesSince)) return "Delius's POM has changed since the event";
  // Rows that the change may move.
  const movable = poms.filter((pom) => isCurrent(pom, now) || pom.start > now).map(({ pomId }) => pomId);
  const isMovable = responsibleOfficers.some(
    (row) => movable.some((pomId) => pomId === row.pomId) && hasNotEnded(row, now),
  );
  if (isMovable && responsibleOfficers.some(changesSince)) {
    return "Delius's responsible officer has changed since the event";
  }
  return null;
}
