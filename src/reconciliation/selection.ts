import { z } from "zod";
import { nomsNumberSchema, offenderIdSchema, readNomsNumber } from "../person/person.ts";

/** Which cases are compared or refreshed: all, some by number, those of a prison, or a sample (spec 7.5). */
export const selectionSchema = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ nomsNumbers: z.array(nomsNumberSchema).min(1) }),
  z.strictObject({ prison: z.string().regex(/^[A-Z0-9]{3,6}$/) }),
  z.strictObject({ sample: z.int().min(1).max(10_000) }),
]);

/** See {@link selectionSchema}. */
export type Selection = Readonly<z.infer<typeof selectionSchema>>;

/** A case that is to be compared. */
export const selectedCaseSchema = z.object({ offenderId: offenderIdSchema, nomsNumber: nomsNumberSchema });

/** See {@link selectedCaseSchema}. */
export type SelectedCase = Readonly<z.infer<typeof selectedCaseSchema>>;

/** The words of a command line that choose cases. */
export interface SelectionWords {
  readonly all: boolean;
  readonly noms: readonly string[];
  readonly prison: string | undefined;
  readonly sample: string | undefined;
}

/** Reads what a command line chooses; null when it chooses nothing, two things at once, or what cannot be. */
export function readSelection({ all, noms, prison, sample }: SelectionWords): Selection | null {
  const numbers = noms.flatMap((words) => words.split(",")).map((word) => readNomsNumber(word));
  const choices = [
    ...(all ? [{ all }] : []),
    ...(numbers.length > 0 ? [{ nomsNumbers: numbers }] : []),
    ...(prison === undefined ? [] : [{ prison: prison.toUpperCase() }]),
    ...(sample === undefined ? [] : [{ sample: Number(sample) }]),
  ];
  return choices.length === 1 ? (selectionSchema.safeParse(choices[0]).data ?? null) : null;
}
