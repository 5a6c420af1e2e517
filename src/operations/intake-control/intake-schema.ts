import { z } from "zod";
import { replicaSchema } from "./replica-report.ts";
import { intakeStateSchema } from "../../sync/intake/intake-state.ts";

/** Whether messages are let in, and how each replica stands. */
export const intakeSchema = intakeStateSchema
  .extend({ replicas: z.array(replicaSchema).describe("How the intake of each replica stands") })
  .meta({ title: "Intake" });

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

/** An example of how the replicas stand then, for the document. */
export const replicaExamples = [
  {
    name: "manage-pom-cases-and-delius-5d8f7c-x2k9q",
    state: "pausing" as const,
    inWork: 1,
    held: 0,
    seenAt: "2026-04-02T10:30:02.518+00:00",
  },
];
