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
        isHeld: z.boolean().describe("Not all of its first cases went well, so it waits for an operator"),
      }),
    )
    .describe("Refreshes and repairs"),
});

/** See {@link runningWorkSchema}. */
export type RunningWork = Readonly<z.infer<typeof runningWorkSchema>>;
