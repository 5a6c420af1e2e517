import { z } from "zod";
import type { ColumnLengths } from "../../delius/schema/column-lengths.ts";
import { readableText } from "../../delius/person/readable-text.ts";

type AllocatedAnswer = Readonly<z.infer<ReturnType<typeof allocationSchema>>>;

/** What Manage POM Cases says of a case's prison offender manager. */
export type AllocationAnswer = AllocatedAnswer | { readonly kind: "deallocated" } | { readonly kind: "notReady" };

/** A NOMIS staff code, a number also where it is written as text; anything else counts as missing. */
export const staffCodeSchema = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

/**
 * The body of a 200 answer about an allocation: only what is used is asked for. Names that Delius cannot hold, or
 * that do not show all that is in them, are faults of the answer (rule M2); an address that it cannot hold, or that
 * is none, is left out, for no allocation is to fail by it (rule M2). Made once: a schema costs more to make than to use.
 */
export function allocationSchema(lengths: ColumnLengths) {
  const name = (length: number) => readableText.min(1).max(length);
  const manager = z.object({
    code: staffCodeSchema,
    forename: name(lengths.forename),
    surname: name(lengths.surname),
    email: z.unknown().optional(),
  });
  const address = readableText.max(lengths.email).regex(/^[^\s@]+@[^\s@]+$/);
  return z.object({ manager, prison: z.object({ code: name(20) }) }).transform((answer) => {
    const { code, forename, surname, email: named } = answer.manager;
    const email = address.safeParse(named).data ?? null;
    // Said only where an address was named.
    const isBlank = named === undefined || named === null || (typeof named === "string" && named.trim() === "");
    const leftOut = email === null && !isBlank ? { isEmailLeftOut: true as const } : {};
    const officer = { code, forename, surname, email, ...leftOut };
    return { kind: "allocated" as const, prisonCode: answer.prison.code, manager: officer };
  });
}

/** Reads the message of a JSON 404 about an allocation; null when it is not one that we know (rule M1). */
export function readAllocationNotFound(message: string): AllocationAnswer | null {
  if (message === "Not allocated") return { kind: "deallocated" };
  return message === "Not ready for allocation" ? { kind: "notReady" } : null;
}
