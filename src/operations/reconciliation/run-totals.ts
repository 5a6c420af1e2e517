import { z } from "zod";
import { driftClasses } from "./drift.ts";

/** What a run found. */
export const runTotalsSchema = z.object({
  differences: z.partialRecord(z.enum(driftClasses), z.int()).describe("How many of each class; of the others none"),
  deletes: z
    .object({ extra: z.int(), stale: z.int() })
    .describe("How many live dates a repair would delete: of what is extra, and of what is stale"),
});

export type RunTotals = Readonly<z.infer<typeof runTotalsSchema>>;

/** A repair or refresh that would delete more live dates than this needs a word of its own (rule R4). */
export const maxDeletes = 100;

/** How many live dates a repair of a run would delete. */
export function countDeletes({ deletes }: Pick<RunTotals, "deletes">, removeStale: boolean): number {
  return deletes.extra + (removeStale ? deletes.stale : 0);
}
