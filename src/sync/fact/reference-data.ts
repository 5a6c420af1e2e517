import { keyDateTypes, contactTypeCodes, reasonCodes, type ReasonCode } from "./delius-codes.ts";
import type { NomsNumber } from "../../delius/person/person.ts";
import type { Decision, Fact } from "./outcome.ts";

/** One code value of Delius: a reference data entry, a contact type or the service's user. */
export interface ReferenceEntry {
  readonly id: number;
  readonly codeSet: string;
  readonly code: string;
  readonly description: string;
}

/**
 * The code values that each fact writes, and which of them Delius lacks. It is read in each transaction that needs it and
 * never kept: people change reference data while the service runs.
 */
export interface ReferenceData {
  readonly missing: Readonly<Record<Fact, readonly string[]>>;
  readonly reasonDescriptions: Readonly<Record<ReasonCode, string>>;
  /** Delius's key of the user that the service writes as; null when Delius does not know the name. */
  readonly userId: number | null;
}

const needed: Readonly<Record<Fact, readonly (readonly [codeSet: string, codes: readonly string[]])[]>> = {
  handover: [["THROUGHCARE DATE TYPE", keyDateTypes]],
  allocation: [
    ["POM ALLOCATION REASON", reasonCodes],
    ["contact type", contactTypeCodes],
  ],
};

/** The set that the service's user counts as a member of. */
export const userSet = "user";

/** Sorts out what Delius has of the code values that we write, and of the user that we write as (rule D5). */
export function readReferenceData(entries: readonly ReferenceEntry[], username: string): ReferenceData {
  const find = (codeSet: string, code: string) =>
    entries.find((entry) => entry.codeSet === codeSet && entry.code === code);
  const missing = (fact: Fact) =>
    [...needed[fact], [userSet, [username]] as const].flatMap(([codeSet, codes]) =>
      codes.filter((code) => find(codeSet, code) === undefined).map((code) => `${codeSet} ${code}`),
    );
  const description = (code: ReasonCode) => find("POM ALLOCATION REASON", code)?.description ?? code;
  return {
    missing: { handover: missing("handover"), allocation: missing("allocation") },
    reasonDescriptions: { AUT: description("AUT"), INA: description("INA"), EXT: description("EXT") },
    userId: find(userSet, username)?.id ?? null,
  };
}

/** The outcome of a case that cannot be written because Delius lacks code values; null when it lacks none. */
export function refuseWithout(missing: readonly string[], nomsNumber: NomsNumber): Decision<never> | null {
  if (missing.length === 0) return null;
  const reason = `Delius lacks the code values ${missing.join(", ")}.`;
  return { outcome: "ReferenceDataMissing", properties: { nomsId: nomsNumber }, reasons: [reason], changes: null };
}

/** The user to write as. Nothing is written without one. */
export function requireUser({ userId }: ReferenceData): number {
  if (userId === null) throw new Error("Something is to be written, but Delius does not know the service's user.");
  return userId;
}
