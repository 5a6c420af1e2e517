import type { Instant } from "../../platform/time/london-time.ts";
import {
  changeResponsibleOfficers,
  hasNotEnded,
  isCurrent,
  latestEnd,
  type Plan,
  type PlannedResponsibleOfficer,
  type PomId,
  type PomRef,
} from "./plan.ts";

/** A responsible officer row to add for the new POM. */
export interface NewResponsibleOfficer {
  readonly start: Instant;
  readonly end: Instant | null;
}

/** The times that a hand-over of responsibility happens at. */
export interface Moment {
  /** From when the change holds. */
  readonly at: Instant;
  readonly now: Instant;
}

/**
 * Ends the POM's current responsible officer row and asks for one for the new POM with the end that the old row had (of
 * several, the last to end); a row of that POM that starts later moves to the new POM as it is (rule
 * A8). When the POM held no current row, no one's responsibility changes: a COM's row is never touched.
 */
export function handOverResponsibility(
  plan: Plan,
  from: PomId,
  { at, now }: Moment,
): { readonly plan: Plan; readonly added: NewResponsibleOfficer | null } {
  const isHeld = (row: PlannedResponsibleOfficer) => row.pomId === from && isCurrent(row, now);
  const isPlanned = (row: PlannedResponsibleOfficer) => row.pomId === from && row.start > now;
  const held = plan.responsibleOfficers.filter(isHeld);
  const ended = changeResponsibleOfficers(plan, isHeld, { end: at });
  return {
    plan: changeResponsibleOfficers(ended, isPlanned, { pomId: "new" }),
    added: held.length === 0 ? null : { start: at, end: latestEnd(held) },
  };
}

/**
 * Clears the end of a POM's responsible officer row that ends with the POM, for the POM goes on (rule A6). Not
 * where another row starts then or later, or goes on beyond: no two may come to overlap.
 */
export function clearResponsibilityEnd(plan: Plan, pomId: PomId, end: Instant): Plan {
  const ending = plan.responsibleOfficers.filter((row) => row.pomId === pomId && row.end === end);
  const [last] = ending.toSorted((a, b) => b.start - a.start);
  const isFollowed = plan.responsibleOfficers.some((row) => hasNotEnded(row, end));
  return isFollowed ? plan : changeResponsibleOfficers(plan, (row) => row === last, { end: null });
}

/**
 * Moves every responsible officer row of a POM row that has not ended to another POM row, with its own times: two open
 * POM rows become one (rule A5).
 */
export function moveResponsibility(
  plan: Plan,
  { from, to, now }: { readonly from: PomId; readonly to: PomId; readonly now: Instant },
): Plan {
  return changeResponsibleOfficers(plan, (row) => row.pomId === from && hasNotEnded(row, now), { pomId: to });
}

/**
 * Moves the responsible officer rows of contradicted POM rows to the POM that is open afterwards (rule A4).
 * A row still to come starts when the change holds, unless another row stands between then and its own start; one that
 * has begun keeps its start, for moving it would leave a time with no one responsible.
 */
export function bringForwardResponsibility(
  plan: Plan,
  {
    from,
    to,
    added,
  }: { readonly from: readonly PomId[]; readonly to: PomRef; readonly added: NewResponsibleOfficer | null },
  { at, now }: Moment,
): Plan {
  const isAffected = (row: PlannedResponsibleOfficer) =>
    row.pomId !== null && row.pomId !== "new" && from.includes(row.pomId) && hasNotEnded(row, now);
  // Of rows that begin together, the one that lasts longest is brought forward; their keys say nothing about time.
  const affected = plan.responsibleOfficers.filter(isAffected).toSorted((a, b) => endOf(b) - endOf(a));
  return affected.reduce((current, row) => {
    const isRow = (other: PlannedResponsibleOfficer) => other.responsibleOfficerId === row.responsibleOfficerId;
    const isBetween = (other: PlannedResponsibleOfficer) =>
      !isRow(other) && other.start < row.start && hasNotEnded(other, at);
    const isTaken = added !== null || current.responsibleOfficers.some(isBetween);
    const start = row.start <= at || isTaken ? row.start : at;
    return changeResponsibleOfficers(current, isRow, { pomId: to, start });
  }, plan);
}

function endOf({ end }: PlannedResponsibleOfficer): Instant {
  return end ?? Number.MAX_SAFE_INTEGER;
}
