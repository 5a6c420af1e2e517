import { z } from "zod";
import { reasonSchema } from "../action/action.ts";
import { intakeStateSchema } from "../../sync/intake/intake-state.ts";

/** Why messages are let in no more, or again. */
export const intakeRequestSchema = z.strictObject({ reason: reasonSchema }).meta({ title: "IntakeRequest" });

/** What an order to pause or resume came to. */
export const intakeAnswerSchema = intakeStateSchema
  .extend({
    changed: z.boolean().describe("False if it was so already; the earlier order and its reason then remain"),
  })
  .meta({ title: "IntakeChange" });

/** An example, for the document. */
export const intakeExample = {
  running: false,
  since: "2026-04-02T10:30:01.203+00:00",
  by: "A_PERSON",
  reason: "Delius is being upgraded",
};
