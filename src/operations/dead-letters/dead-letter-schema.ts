import { z } from "zod";
import { instantSchema } from "../../platform/web/paging.ts";
import { keysSchemaOf, reasonSchema } from "../action/action.ts";
import { quarantineExample } from "../quarantine/quarantine-schema.ts";

/** Dead letters that are shown at once, and that one redrive may be about. */
export const maxDeadLetters = 100;

/** A message of the dead-letter queue, with what is known of how it got there. */
export const deadLetterSchema = z
  .object({
    inboxKey: z.string(),
    eventType: z.string().optional(),
    nomsNumber: z.string().optional(),
    attempts: z.int().describe("Attempts at it that failed"),
    lastFailure: z
      .object({ failedAt: instantSchema, dependency: z.string(), errorClass: z.string() })
      .optional()
      .describe("Absent where no failed attempt is kept"),
    isQuarantined: z.boolean().describe("Then a redrive leaves it where it is: replay or discard it instead"),
  })
  .meta({ title: "DeadLetter" });

/** See {@link deadLetterSchema}. */
export type DeadLetter = Readonly<z.infer<typeof deadLetterSchema>>;

/** What is on the dead-letter queue. */
export const deadLettersSchema = z
  .object({
    queue: z.string().optional().describe("Its name; absent where there is no dead-letter queue"),
    found: z.int().describe("About how many messages are on it"),
    deadLetters: z.array(deadLetterSchema).describe(`At most ${maxDeadLetters} of them`),
  })
  .meta({ title: "DeadLetters" });

/** See {@link deadLettersSchema}. */
export type DeadLetters = Readonly<z.infer<typeof deadLettersSchema>>;

/** Which messages are to be redriven, and why. */
export const redriveRequestSchema = z.strictObject({
  inboxKeys: keysSchemaOf(maxDeadLetters),
  reason: reasonSchema,
});

/** What became of each message of a redrive. */
export const redriveAnswerSchema = z
  .object({
    results: z.array(
      z.object({
        inboxKey: z.string(),
        result: z.enum(["sent", "refused"]),
        message: z.string().optional().describe("Why it was not sent"),
      }),
    ),
    action: z.int().optional().describe("Number of the action in the record; absent where nothing was done"),
  })
  .meta({ title: "RedriveResult" });

/** See {@link redriveAnswerSchema}. */
export type RedriveAnswer = Readonly<z.infer<typeof redriveAnswerSchema>>;

const { inboxKey, eventType, nomsNumber, firstSeen: failedAt } = quarantineExample;
const lastFailure = { failedAt, dependency: "mpc", errorClass: "HTTP 502" };

/** Examples for the document. */
export const deadLetterExamples = {
  letters: {
    queue: "manage-pom-cases-and-delius-dlq",
    found: 1,
    deadLetters: [{ inboxKey, eventType, nomsNumber, attempts: 5, lastFailure, isQuarantined: false }],
  },
  request: { inboxKeys: [inboxKey], reason: "Manage POM Cases answers again" },
  answer: { results: [{ inboxKey, result: "sent" }], action: 1 },
};
