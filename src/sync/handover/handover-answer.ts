import { z } from "zod";
import { readNomsNumber } from "../../delius/person/person.ts";
import { readableText } from "../../delius/person/readable-text.ts";

/** What Manage POM Cases says of a case's handover. A date that is `undefined` was not in the answer at all. */
export type HandoverAnswer = Readonly<z.infer<typeof handoverSchema>> | { readonly kind: "noData" };

// Any other date of the calendar is a slip of the pen, and would be written into Delius.
const [first, last] = ["1900-01-01", "2200-12-31"];
const dateSchema = z.iso
  .date()
  .refine((date) => date >= first && date <= last, "is not between the years 1900 and 2200");

// Whosever number it is, it is kept in the journal.
const numberSchema = readableText.transform((text) => readNomsNumber(text) ?? text);

/**
 * The body of a 200 answer about handover dates. Both dates absent is a fault: a renamed key must not wipe every date
 * (rule H2).
 */
export const handoverSchema = z
  .object({
    nomsNumber: numberSchema.nullish().transform((number) => number ?? undefined),
    handoverDate: dateSchema.nullable().optional(),
    handoverStartDate: dateSchema.nullable().optional(),
  })
  .refine(
    ({ handoverDate, handoverStartDate }) => handoverDate !== undefined || handoverStartDate !== undefined,
    "holds neither handoverDate nor handoverStartDate",
  )
  .transform(({ nomsNumber, handoverDate, handoverStartDate }) => ({
    kind: "dates" as const,
    nomsNumber,
    handoverDate,
    handoverStartDate,
  }));

/** Reads the message of a JSON 404 about handover dates; null when it is not one that we know (rule M1). */
export function readHandoverNotFound(message: string): HandoverAnswer | null {
  return message === "Not found" ? { kind: "noData" } : null;
}
