import { z } from "zod";
import { offenderIdSchema, readCrn, readNomsNumber, type OffenderId } from "../../delius/person/person.ts";

/** A number that a command line names, and a case that Delius has under it; null where there is none. */
export const namedCaseSchema = z.object({
  name: z.string(),
  offenderId: offenderIdSchema.nullable(),
  crn: z.string().nullable(),
  nomsNumber: z.string().nullable(),
  isDeleted: z.boolean(),
});

export type NamedCase = Readonly<z.infer<typeof namedCaseSchema>>;

/** What became of one thing that was named. */
export interface NamedResult {
  readonly text: string;
  /** Whether it was there and could be read. */
  readonly isRead: boolean;
}

/**
 * Accounts for each number that was named, one by one: `describe` says what came of a case that was read. A deleted case
 * is mentioned where no other has the number.
 */
export function accountFor(
  named: readonly NamedCase[],
  describe: (offenderId: OffenderId) => NamedResult,
): readonly NamedResult[] {
  const isLive = (name: string) => named.some((one) => one.name === name && !one.isDeleted && one.offenderId !== null);
  return named
    .filter(({ name, isDeleted }) => !isDeleted || !isLive(name))
    .map((one) => {
      const { text, isRead } = describeNamed(one, describe);
      return { text: `${nameCase(one)}: ${text}`, isRead };
    });
}

/** The number that was named and the case's other one. */
function nameCase({ name, crn, nomsNumber }: NamedCase): string {
  const other = [crn, nomsNumber].find((number) => number !== null && number.toUpperCase() !== name);
  return other == null ? name : `${name} (${other})`;
}

function describeNamed(named: NamedCase, describe: (offenderId: OffenderId) => NamedResult): NamedResult {
  const reason = explainAbsence(named);
  if (named.offenderId !== null && reason === null) return describe(named.offenderId);
  return { text: reason ?? "not found", isRead: false };
}

/** Why a case that was named is neither compared nor refreshed; null where it is. */
export function explainAbsence({ name, offenderId, nomsNumber, isDeleted }: NamedCase): string | null {
  if (offenderId === null) {
    return `not found: no case in Delius has this ${readCrn(name) === null ? "NOMS number" : "CRN"}`;
  }
  if (isDeleted) return "left out: the case is deleted in Delius";
  if (nomsNumber === null) return "left out: the case has no NOMS number to ask Manage POM Cases with";
  if (readNomsNumber(nomsNumber) !== nomsNumber) {
    return `left out: Delius holds its NOMS number as "${nomsNumber}": correct it there`;
  }
  return null;
}
