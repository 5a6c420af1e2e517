import { z } from "zod";
import { isStorable } from "../../platform/database/storable-text.ts";
import { instantSchema, pageAnswer } from "../../platform/web/paging.ts";

/** What operators do. */
export const actionNames = [
  "replay",
  "discard",
  "restore",
  "dismiss",
  "refresh",
  "repair",
  "reconcile",
  "cancel-reconciliation",
  "cancel-refresh",
  "continue-refresh",
  "cancel-replay",
  "replay-group",
  "cancel-group-replay",
  "pause",
  "resume",
  "retry-dlq",
  "retry-all-dlqs",
  "purge-queue",
  "get-dlq-messages",
] as const;

/** What an operator did: who, what, to what and why; the database says when. */
export interface OperatorAction {
  readonly actor: string;
  readonly action: (typeof actionNames)[number];
  /** Null where the way that it came has no place for one. */
  readonly reason: string | null;
  /** `inboxKeys` where it is about messages, so that each of them tells of it. */
  readonly subject: Readonly<Record<string, unknown>>;
}

/** An action, as the API shows it. */
export const actionTakenSchema = z
  .object({
    takenAt: instantSchema,
    actor: z.string().describe("User name of the person, or name of the client"),
    action: z.string(),
    reason: z.string().optional(),
    subject: z.record(z.string(), z.unknown()).describe("The messages, case or queue that it was about"),
  })
  .meta({ title: "Action" });

export type ActionTaken = Readonly<z.infer<typeof actionTakenSchema>>;

/** An action in the record, with its number there. */
export const recordedActionSchema = actionTakenSchema
  .extend({
    id: z.int().describe("Number of the action in the record"),
    result: z
      .string()
      .optional()
      .describe(
        "What became of it so far, in a few words; absent in a list of more messages than are looked up at once",
      ),
  })
  .meta({ title: "RecordedAction" });

/** A page of actions. */
export const actionPageSchema = z
  .object({ actions: z.array(recordedActionSchema), ...pageAnswer })
  .meta({ title: "ActionPage" });

/** See {@link actionPageSchema}. */
export type ActionPage = Readonly<z.infer<typeof actionPageSchema>>;

// All but tab and line ends; by number, for the document's pattern is read by other languages too.
const controls = String.raw`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f`;

const enterReason = "Enter a reason, in 1 to 500 characters";

/** Why an operator does something. The texts of its faults are those of the API and of every form. */
export const reasonSchema = z
  .string(enterReason)
  .trim()
  .min(1, enterReason)
  .max(500, enterReason)
  .regex(new RegExp(`^[^${controls}]*$`), "The reason holds control characters: type it anew")
  .refine(isStorable, "The reason holds characters that cannot be stored: type it anew")
  .describe("Why, for the record");

/** What asks for a change that needs no more than a reason. */
export const reasonRequestSchema = z.strictObject({ reason: reasonSchema }).meta({ title: "ReasonRequest" });

/** What is said of a request that does not fit {@link reasonRequestSchema}. */
export const badReason = 'Send {"reason"}, with 1 to 500 characters';

/** The key of a message. */
export const inboxKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, "This is not a message key")
  .describe("Key of the message: SNS's message id, else SQS's");

/** What is said where no message is chosen. */
export const chooseMessages = "Choose at least one message";

/** From 1 to so many messages by key. */
export function keysSchemaOf(most: number) {
  return z.array(inboxKeySchema, chooseMessages).min(1, chooseMessages).max(most, `Choose at most ${most} messages`);
}

/** An action, for the document. */
export const actionExample = {
  takenAt: "2026-04-02T11:02:11.403+00:00",
  actor: "A_PERSON",
  action: "replay",
  reason: "The prison was added to the reference data",
  subject: { inboxKeys: ["2f6b0e8e-54f4-5a3a-9f0e-6f1d2a6f3a55"] },
};
