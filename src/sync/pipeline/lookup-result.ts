import { z } from "zod";
import { offenderIdSchema, readCrn, readNomsNumber, type Crn, type NomsNumber } from "../../delius/person/person.ts";
import type { Fact } from "../fact/outcome.ts";
import type { Instant } from "../../platform/time/london-time.ts";

/**
 * A case that a message may be about, with its fences (rule G4): the newest journal key for each fact. A number that Delius
 * holds in another shape is null.
 */
export const foundPersonSchema = z.object({
  offenderId: offenderIdSchema,
  crn: z.string().transform(readCrn),
  nomsNumber: z
    .string()
    .nullable()
    .transform((text) => readNomsNumber(text ?? "")),
  /** Active custodial sentences; counted only where the message names a CRN or several cases share the NOMS number. */
  sentences: z.int().nullable(),
  fences: z.object({ handover: z.int().nullable(), allocation: z.int().nullable() }),
});

export type FoundPerson = Readonly<z.infer<typeof foundPersonSchema>>;

/** What one look at the database shows about a message before anything is fetched or locked. */
export interface LookupResult {
  /** The message's key was settled before. */
  readonly isSettled: boolean;
  /** The database's clock at the look. */
  readonly now: Instant;
  /** Undeleted cases with the NOMS number, or with that of the case of the CRN, by key. */
  readonly persons: readonly FoundPerson[];
  /** Whether the case waits for a sentence change; looked up only where the message names a CRN. */
  readonly isWaiting: boolean;
}

/** What a look-up asks for. */
export interface LookupRequest {
  readonly inboxKey: string;
  /** Null when the message names no one. */
  readonly person: { readonly nomsNumber: NomsNumber } | { readonly crn: Crn } | null;
}

/**
 * Whether two looks show the same persons, as blocked or unblocked, behind the same fences of these facts. When they do not, an answer that was
 * fetched between them may be older than what was settled meanwhile, and must not be used (rule G4).
 */
export function showsTheSame(before: LookupResult, after: LookupResult, facts: readonly Fact[]): boolean {
  return (
    before.isWaiting === after.isWaiting &&
    before.persons.length === after.persons.length &&
    before.persons.every((person, index) => {
      const other = after.persons[index];
      return (
        person.offenderId === other?.offenderId &&
        person.nomsNumber === other.nomsNumber &&
        person.sentences === other.sentences &&
        facts.every((fact) => person.fences[fact] === other.fences[fact])
      );
    })
  );
}
