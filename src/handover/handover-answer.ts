import { z } from "zod";
import type { IsoDate } from "../time/london-time.ts";

/** What Manage POM Cases says of a case's handover. A date that is `undefined` was not in the answer at all. */
export type HandoverAnswer =
  | {
      readonly kind: "dates";
      readonly nomsNumber: string | undefined;
      readonly handoverDate: IsoDate | null | undefined;
      readonly handoverStartDate: IsoDate | null | undefined;
    }
  | { readonly kind: "noData" };

// No calendar that Delius's database knows has a year 0.
const dateSchema = z.iso.date().refine((date) => date >= "0001", { error: "is not a date" });

// The journal keeps it whosever number it is, and PostgreSQL keeps no NUL and no half characters.
const numberSchema = z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, "holds control characters");

const datesSchema = z
  .object({
    nomsNumber: numberSchema.nullish(),
    handoverDate: dateSchema.nullable().optional(),
    handoverStartDate: dateSchema.nullable().optional(),
  })
  .refine((answer) => answer.handoverDate !== undefined || answer.handoverStartDate !== undefined, {
    error: "holds neither handoverDate nor handoverStartDate",
  });

/**
 * Reads the body of a 200 answer about handover dates. Both dates absent is a fault: a renamed key must not wipe every
 * date (spec 1.3).
 */
export function readHandoverDates(body: unknown): z.ZodSafeParseResult<HandoverAnswer> {
  return handoverAnswerSchema.safeParse(body);
}

const handoverAnswerSchema = datesSchema.transform(
  ({ nomsNumber, handoverDate, handoverStartDate }): HandoverAnswer => ({
    kind: "dates",
    nomsNumber: nomsNumber ?? undefined,
    handoverDate,
    handoverStartDate,
  }),
);

/** Reads the message of a JSON 404 about handover dates; null when it is not one that we know (spec 3.3). */
export function readHandoverNotFound(message: string): HandoverAnswer | null {
  return message === "Not found" ? { kind: "noData" } : null;
}
