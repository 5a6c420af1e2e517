import { z } from "zod";
import { driftClasses } from "./drift.ts";

/** More of them than this are no slip but a habit: the first show it. */
export const mostDoubledCodes = 100;

/** What a run found. */
export const runTotalsSchema = z.object({
  differences: z.partialRecord(z.enum(driftClasses), z.int()).describe("How many of each class; of the others none"),
  deletes: z
    .object({ extra: z.int(), stale: z.int() })
    .describe("How many live dates a repair would delete: of what is extra, and of what is stale"),
  // Runs of earlier versions have none.
  doubledCodes: z
    .array(z.string())
    .default([])
    .describe(
      `Officer codes that several live officers of Delius carry, at most ${mostDoubledCodes}; looked for in a run of all cases`,
    ),
});

export type RunTotals = Readonly<z.output<typeof runTotalsSchema>>;

/** A repair or refresh that would delete more live dates than this needs a word of its own (rule R4). */
export const maxDeletes = 100;

/** How many live dates a repair of a run would delete. */
export function countDeletes({ deletes }: Pick<RunTotals, "deletes">, removeStale: boolean): number {
  return deletes.extra + (removeStale ? deletes.stale : 0);
}
