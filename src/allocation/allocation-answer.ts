import { z } from "zod";

/** What Manage POM Cases says of a case's prison offender manager. */
export type AllocationAnswer =
  | {
      readonly kind: "allocated";
      readonly prisonCode: string;
      readonly manager: AllocatedManager;
    }
  | { readonly kind: "deallocated" }
  | { readonly kind: "notReady" };

/** The officer that Manage POM Cases names. `code` is the NOMIS staff code, not Delius's officer code. */
export interface AllocatedManager {
  readonly code: number | undefined;
  readonly forename: string;
  readonly surname: string;
  readonly email: string | null;
}

/** The lengths of the Delius columns that an answer is written to, read from the database's catalogue (spec 3.3). */
export interface ColumnLengths {
  readonly forename: number;
  readonly surname: number;
  readonly email: number;
}

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

const printable = /^[^\p{Cc}\p{Cs}]*$/u;

/** Reads the body of a 200 answer about an allocation. */
export type ReadAllocation = (body: unknown) => z.ZodSafeParseResult<AllocationAnswer>;

/**
 * Makes the reader of 200 answers about allocations: only what is used is asked for. Names that Delius cannot hold, or
 * with control characters, are faults of the answer (spec 3.3, 6.3). Made once: a schema costs more to make than to use.
 */
export function createAllocationReader(lengths: ColumnLengths): ReadAllocation {
  const name = (length: number) => z.string().trim().min(1).max(length).regex(printable, "holds control characters");
  const emailText = z.string().trim().max(lengths.email).regex(printable, "holds control characters");
  const schema = z
    .object({
      manager: z.object({
        code: staffCodeSchema,
        forename: name(lengths.forename),
        surname: name(lengths.surname),
        email: emailText.nullish(),
      }),
      prison: z.object({ code: z.string().trim().min(1).max(20).regex(printable, "holds control characters") }),
    })
    .transform(({ manager, prison }): AllocationAnswer => {
      const email = manager.email === undefined || manager.email === "" ? null : manager.email;
      const { code, forename, surname } = manager;
      return { kind: "allocated", prisonCode: prison.code, manager: { code, forename, surname, email } };
    });
  return (body) => schema.safeParse(body);
}

/** Reads the message of a JSON 404 about an allocation; null when it is not one that we know (spec 3.3). */
export function readAllocationNotFound(message: string): AllocationAnswer | null {
  if (message === "Not allocated") return { kind: "deallocated" };
  return message === "Not ready for allocation" ? { kind: "notReady" } : null;
}
