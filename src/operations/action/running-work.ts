import { z } from "zod";

/** Long work that operators ordered and that is not over. */
export const runningWorkSchema = z.object({
  replaying: z.int().describe("Messages that are being replayed"),
  reconciliation: z.int().optional().describe("Number of the run; absent where none is under way"),
  groups: z.array(z.object({ id: z.int(), group: z.string() })).describe("Groups that are replayed by themselves"),
  refreshes: z
    .array(
      z.object({
        refreshRun: z.string(),
        isRepair: z.boolean(),
        heldAt: z
          .string()
          .optional()
          .describe("Since when it waits for an operator: not all of its first cases went well"),
      }),
    )
    .describe("Refreshes and repairs"),
});

/** See {@link runningWorkSchema}. */
export type RunningWork = Readonly<z.infer<typeof runningWorkSchema>>;
