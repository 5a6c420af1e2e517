import { z } from "zod";
import { officerSchema, providerSchema, teamSchema } from "../../delius/staff/officer.ts";
import { deliusTimeSchema, type Instant } from "../../platform/time/london-time.ts";

/** Delius's key of a POM row. */
export const pomIdSchema = z.int().brand<"PomId">();

/** Delius's key of a responsible officer row. */
export const responsibleOfficerIdSchema = z.int().brand<"ResponsibleOfficerId">();

const reasonSchema = z.object({ code: z.string(), description: z.string() });

/** A live POM row of Delius: one period for which one officer was the prison offender manager. */
export const pomSchema = z.object({
  pomId: pomIdSchema,
  rowVersion: z.int(),
  start: deliusTimeSchema,
  end: deliusTimeSchema.nullable(),
  /** When the row was made: of rows with equal starts, only this says which is the newer. Keys do not. */
  createdAt: deliusTimeSchema,
  email: z
    .string()
    .nullable()
    .transform((email) => (email === "" ? null : email)),
  reason: reasonSchema,
  officer: officerSchema,
  team: teamSchema,
  provider: providerSchema,
});

/** A responsible officer row of Delius, held by a POM row (`pomId`) or by a COM (`pomId` null). */
export const responsibleOfficerSchema = z.object({
  responsibleOfficerId: responsibleOfficerIdSchema,
  rowVersion: z.int(),
  pomId: pomIdSchema.nullable(),
  start: deliusTimeSchema,
  end: deliusTimeSchema.nullable(),
});

export type Pom = Readonly<z.infer<typeof pomSchema>>;

export type ResponsibleOfficer = Readonly<z.infer<typeof responsibleOfficerSchema>>;

export type PomId = z.infer<typeof pomIdSchema>;

/** The POM row that a decision is about to add has no key yet. */
export type PomRef = PomId | "new";

/** The rows of a person before a decision. */
export interface StandingRows {
  readonly poms: readonly Pom[];
  readonly responsibleOfficers: readonly ResponsibleOfficer[];
}

/** What a decision wants of a POM row that stands. */
export type PlannedPom = Pom & { readonly removed: boolean };

/** What a decision wants of a responsible officer row that stands. */
export type PlannedResponsibleOfficer = Omit<ResponsibleOfficer, "pomId"> & { readonly pomId: PomRef | null };

/** One person's periods as a decision wants them to be. Steps of a decision turn one plan into the next. */
export interface Plan {
  readonly poms: readonly PlannedPom[];
  readonly responsibleOfficers: readonly PlannedResponsibleOfficer[];
}

/** A plan with at most one open POM, and what was done about the rest. */
export interface Tidied {
  readonly plan: Plan;
  /** The open POM as it stands. */
  readonly open: PlannedPom | undefined;
  /** POM rows that start later: Manage POM Cases' present answer contradicts them. */
  readonly future: readonly PomId[];
  readonly reasons: readonly string[];
}

/** A time from its start until its end; one without an end is open. */
export interface Period {
  readonly start: Instant;
  readonly end: Instant | null;
}

/** The times that a hand-over of responsibility happens at. */
export interface Moment {
  /** From when the change holds. */
  readonly at: Instant;
  readonly now: Instant;
}

/** Whether a period has begun and has not ended at an instant. */
export function isCurrent({ start, end }: Period, at: Instant): boolean {
  return start <= at && (end === null || end > at);
}

/** Whether a period has not ended at an instant: it is current or still to come. */
export function hasNotEnded({ end }: Period, at: Instant): boolean {
  return end === null || end > at;
}

/** When the last of some periods ends; null when one of them has no end. */
function latestEnd(periods: readonly Period[]): Instant | null {
  return periods.some(({ end }) => end === null) ? null : Math.max(...periods.map(({ end }) => end ?? 0));
}

/** The plan with one of its POM rows changed. */
export function changePom(plan: Plan, pomId: PomId, change: Partial<PlannedPom>): Plan {
  return { ...plan, poms: plan.poms.map((pom) => (pom.pomId === pomId ? { ...pom, ...change } : pom)) };
}

/** The plan without one of its POM rows: Delius keeps it, deleted, and a deleted row has an end too. */
function removePom(plan: Plan, { pomId, start, end }: Pom): Plan {
  return changePom(plan, pomId, { removed: true, end: end ?? start });
}

/** The plan with each responsible officer row that fits changed. */
function changeResponsibleOfficers(
  plan: Plan,
  fits: (row: PlannedResponsibleOfficer) => boolean,
  change: Partial<PlannedResponsibleOfficer>,
): Plan {
  const responsibleOfficers = plan.responsibleOfficers.map((row) => (fits(row) ? { ...row, ...change } : row));
  return { ...plan, responsibleOfficers };
}

/**
 * Leaves one open POM: of several, the one that started last stays (ties: the newest row) and the others end when it
 * started; those that started at that same moment are removed. Their responsible officer rows move to it with their own times, and it
 * lasts as long as any of them would have, so that no gap comes later (rule A5).
 */
export function keepOneOpenPom({ poms, responsibleOfficers }: StandingRows, now: Instant): Tidied {
  const plan: Plan = { poms: poms.map((pom) => ({ ...pom, removed: false })), responsibleOfficers };
  const future = poms.filter(({ start }) => start > now).map(({ pomId }) => pomId);
  const open = plan.poms
    .filter((pom) => isCurrent(pom, now))
    .toSorted((a, b) => b.start - a.start || b.createdAt - a.createdAt || b.pomId - a.pomId);
  const [kept, ...others] = open;
  if (kept === undefined || others.length === 0) return { plan, open: kept, future, reasons: [] };
  const single = others.reduce(
    (current, other) => {
      const closed =
        other.start === kept.start ? removePom(current, other) : changePom(current, other.pomId, { end: kept.start });
      const isHeld = (row: PlannedResponsibleOfficer) => row.pomId === other.pomId && hasNotEnded(row, now);
      return changeResponsibleOfficers(closed, isHeld, { pomId: kept.pomId });
    },
    changePom(plan, kept.pomId, { end: latestEnd(open) }),
  );
  const reason = `Delius held ${open.length} open POMs at once; the one that started last stays and the others end when it started.`;
  return { plan: single, open: kept, future, reasons: [reason] };
}

/** Removes POM rows that start later (rule A4). The rows stay in Delius, marked as deleted. */
export function removeFuturePoms(tidied: Tidied): Tidied {
  const { plan, future, reasons } = tidied;
  if (future.length === 0) return tidied;
  const contradicted = plan.poms.filter(({ pomId }) => future.includes(pomId));
  const planned =
    future.length === 1
      ? "1 POM planned for later in Delius is"
      : `${future.length} POMs planned for later in Delius are`;
  const reason = `${planned} contradicted by Manage POM Cases and removed.`;
  return { ...tidied, plan: contradicted.reduce(removePom, plan), reasons: [...reasons, reason] };
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
): { readonly plan: Plan; readonly added: Period | null } {
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
 * Moves the responsible officer rows of contradicted POM rows to the POM that is open afterwards (rule A4).
 * A row still to come starts when the change holds, unless another row stands between then and its own start; one that
 * has begun keeps its start, for moving it would leave a time with no one responsible.
 */
export function bringForwardResponsibility(
  plan: Plan,
  { from, to, added }: { readonly from: readonly PomId[]; readonly to: PomRef; readonly added: Period | null },
  { at, now }: Moment,
): Plan {
  const affected = plan.responsibleOfficers
    .filter((row) => from.some((pomId) => pomId === row.pomId) && hasNotEnded(row, now))
    // Of rows that begin together, the one that lasts longest is brought forward; their keys say nothing about time.
    .toSorted((a, b) => endOf(b) - endOf(a));
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
