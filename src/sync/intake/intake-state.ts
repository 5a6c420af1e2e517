import { z } from "zod";
import { instantSchema } from "../../platform/web/paging.ts";

/** Whether messages are let in, since when, by whose order and why. */
export const intakeStateSchema = z
  .object({
    running: z.boolean(),
    since: instantSchema,
    by: z.string().optional().describe("Absent if it has never been changed"),
    reason: z.string().optional(),
  })
  .meta({ title: "IntakeState" });

export type IntakeState = Readonly<z.infer<typeof intakeStateSchema>>;
