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

/** What a decision wants of a POM row that stands. */
export type PlannedPom = Pom & { readonly removed: boolean };

/** What a decision wants of a responsible officer row that stands. */
export type PlannedResponsibleOfficer = Omit<ResponsibleOfficer, "pomId"> & { readonly pomId: PomRef | null };

/** One person's periods as a decision wants them to be. Steps of a decision turn one plan into the next. */
export interface Plan {
  readonly poms: readonly PlannedPom[];
  readonly responsibleOfficers: readonly PlannedResponsibleOfficer[];
}

interface Period {
  readonly start: Instant;
  readonly end: Instant | null;
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
export function latestEnd(periods: readonly Period[]): Instant | null {
  return periods.some(({ end }) => end === null) ? null : Math.max(...periods.map(({ end }) => end ?? 0));
}

/** The plan that leaves everything as it is. */
export function planOf(poms: readonly Pom[], responsibleOfficers: readonly ResponsibleOfficer[]): Plan {
  return { poms: poms.map((pom) => ({ ...pom, removed: false })), responsibleOfficers };
}

/** The plan with one of its POM rows changed. */
export function changePom(plan: Plan, pomId: PomId, change: Partial<PlannedPom>): Plan {
  return { ...plan, poms: plan.poms.map((pom) => (pom.pomId === pomId ? { ...pom, ...change } : pom)) };
}

/** The plan without one of its POM rows: Delius keeps it, deleted, and a deleted row has an end too. */
export function removePom(plan: Plan, { pomId, start, end }: Pom): Plan {
  return changePom(plan, pomId, { removed: true, end: end ?? start });
}

/** The plan with each responsible officer row that fits changed. */
export function changeResponsibleOfficers(
  plan: Plan,
  fits: (row: PlannedResponsibleOfficer) => boolean,
  change: Partial<PlannedResponsibleOfficer>,
): Plan {
  const responsibleOfficers = plan.responsibleOfficers.map((row) => (fits(row) ? { ...row, ...change } : row));
  return { ...plan, responsibleOfficers };
}
