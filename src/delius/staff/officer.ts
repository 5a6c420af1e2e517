import { z } from "zod";
import type { Instant } from "../../platform/time/london-time.ts";

/** Delius's key of a member of staff. */
export const staffIdSchema = z.int().brand<"StaffId">();

/** Delius's key of a team. */
export const teamIdSchema = z.int().brand<"TeamId">();

/** Delius's key of a provider (probation area). */
export const providerIdSchema = z.int().brand<"ProviderId">();

/** A code in Delius, without the blanks that fill it up to the width of its column. */
export const codeSchema = z.string().transform((code) => code.trimEnd());

/** A member of staff in Delius; not all have a code. */
export const officerSchema = z.object({
  staffId: staffIdSchema,
  code: codeSchema.nullable().transform((code) => (code === "" ? null : code)),
  forename: z.string(),
  surname: z.string(),
});

/** A team in Delius. */
export const teamSchema = z.object({ teamId: teamIdSchema, code: z.string(), description: z.string() });

/** A provider in Delius. */
export const providerSchema = z.object({ providerId: providerIdSchema, code: z.string(), description: z.string() });

export type Officer = Readonly<z.infer<typeof officerSchema>>;

export type Team = Readonly<z.infer<typeof teamSchema>>;

export type Provider = Readonly<z.infer<typeof providerSchema>>;

/** An officer as a sentence names them. */
export function describeOfficer({ forename, surname, code }: Pick<Officer, "forename" | "surname" | "code">): string {
  return `${forename} ${surname} (${code ?? "no code"})`;
}

export type StaffId = z.infer<typeof staffIdSchema>;

export type TeamId = z.infer<typeof teamIdSchema>;

export type ProviderId = z.infer<typeof providerIdSchema>;

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const highestNumber = 999;

/** For a provider: the highest number taken under each letter of its officer codes. */
export type HighestNumbers = Readonly<Record<string, number>>;

/**
 * The next free officer code of a provider: its code, a letter and three digits. The first letter whose highest number
 * is below 999 is used, with the highest plus one; a gap is never filled. Null when Z999 is taken (rule S2).
 */
export function nextOfficerCode(providerCode: string, highest: HighestNumbers): string | null {
  for (const letter of letters) {
    const taken = highest[letter] ?? 0;
    if (taken < highestNumber) return `${providerCode}${letter}${String(taken + 1).padStart(3, "0")}`;
  }
  return null;
}

/** Whether an officer code stands for "no one yet": it ends in `U`. */
export function isUnallocatedOfficer(officerCode: string | null): boolean {
  return officerCode !== null && officerCode.trimEnd().endsWith("U");
}

/** An officer's name. */
export interface OfficerName {
  readonly forename: string;
  readonly surname: string;
}

/** Whether two names are the same: white space of any kind around them and letter case do not count (rule S1). */
export function isSameName(one: OfficerName, other: OfficerName): boolean {
  return fold(one.forename) === fold(other.forename) && fold(one.surname) === fold(other.surname);
}

const around = /^[\p{White_Space}\uFEFF]+|[\p{White_Space}\uFEFF]+$/gu;

function fold(name: string): string {
  return name.replaceAll(around, "").toLowerCase();
}

/** The letters of a name that every locale folds alike: equal names have equal keys ("İ" and "K" become ASCII). */
export function nameKey(name: string): string {
  return fold(name).replaceAll(/[^a-hjl-z]/g, "");
}

/** A live officer of a provider who bears the name that was asked for, and whether the POM team counts them in. */
export const candidateSchema = officerSchema.extend({ isInTeam: z.boolean() });

export type Candidate = Readonly<z.infer<typeof candidateSchema>>;

/**
 * Of several officers of one name: the open POM's own officer first, then a member of the POM team, then the lowest key
 * (rule S1). Undefined when there is none.
 */
export function chooseOfficer(
  candidates: readonly Candidate[],
  openPomOfficer: StaffId | undefined,
): Candidate | undefined {
  const rank = (candidate: Candidate) => {
    if (candidate.staffId === openPomOfficer) return 0;
    return candidate.isInTeam ? 1 : 2;
  };
  return candidates.toSorted((a, b) => rank(a) - rank(b) || a.staffId - b.staffId)[0];
}

/** What the directory said of a user's e-mail address, and when; null: the user has no entry or no address. */
export interface KnownEmail {
  readonly address: string | null;
  readonly readAt: Instant;
}

/** See {@link KnownEmail}. */
export interface StaffEmail extends KnownEmail {
  readonly username: string;
}

/** The newer of what two places know. */
export function newerEmail(one: KnownEmail | null, other: KnownEmail | null): KnownEmail | null {
  if (one === null || other === null) return one ?? other;
  return one.readAt >= other.readAt ? one : other;
}
