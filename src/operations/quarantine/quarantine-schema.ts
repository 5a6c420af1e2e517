import { z } from "zod";
import { facts, outcomeClasses, type Fact } from "../../sync/fact/outcome.ts";
import { chooseMessages, keysSchemaOf, reasonSchema } from "../action/action.ts";
import { instantSchema, pageAnswer, pageQuery } from "../../platform/web/paging.ts";
import { quarantineStates, refusals } from "./replay.ts";

/** Why messages are quarantined (rule O3). */
export const quarantineReasons: readonly string[] = Object.entries(outcomeClasses)
  .filter(([, outcomeClass]) => outcomeClass === "quarantined")
  .map(([outcome]) => outcome);

/** What operators order about messages that were quarantined. */
export const orderNames = ["replay", "discard", "restore", "cancel"] as const;

/** See {@link orderNames}. */
export type OrderName = (typeof orderNames)[number];

/** Messages that one order may be about. */
export const maxInOrder = 100;

/** Which messages an order is about: these, or the oldest of those that were quarantined for one reason. */
export type Chosen = { readonly inboxKeys: readonly string[] } | { readonly group: string };

const keysSchema = keysSchemaOf(maxInOrder);

/** A reason of quarantine, which names the group of all messages that it holds. */
export const groupSchema = z.enum(quarantineReasons, "Choose a reason of quarantine");

const oldestSchema = groupSchema.describe(`The oldest ${maxInOrder} that are quarantined for this reason`);
const chosen = { inboxKeys: keysSchema.optional(), group: oldestSchema.optional() };

const isOneChoice = ({ inboxKeys, group }: { readonly inboxKeys?: unknown; readonly group?: unknown }) =>
  (inboxKeys === undefined) !== (group === undefined);

/** What is said where messages are chosen both by key and by group. */
export const chooseOnce = "Choose messages or a group, not both";

const oneChoice = {
  path: ["inboxKeys"],
  error: ({ input }: { readonly input: unknown }) =>
    z.object({ inboxKeys: z.unknown() }).safeParse(input).data?.inboxKeys === undefined ? chooseMessages : chooseOnce,
};

/** What is to be previewed. */
export const previewRequestSchema = z.strictObject(chosen).refine(isOneChoice, oneChoice);

/** What is to be replayed, discarded, restored or not replayed after all, and why. */
export const orderRequestSchema = z.strictObject({ ...chosen, reason: reasonSchema }).refine(isOneChoice, oneChoice);

/** How the document shows the two: as one of two shapes. They are read as one, which can say what is wrong. */
export const documentedRequests = {
  preview: z.xor([
    z.strictObject({ inboxKeys: keysSchema }).meta({ title: "ChosenMessages" }),
    z.strictObject({ group: oldestSchema }).meta({ title: "ChosenGroup" }),
  ]),
  order: z.xor([
    z.strictObject({ inboxKeys: keysSchema, reason: reasonSchema }).meta({ title: "MessagesOrder" }),
    z.strictObject({ group: oldestSchema, reason: reasonSchema }).meta({ title: "GroupOrder" }),
  ]),
};

/** Which of the two ways a request chose. */
export function readChosen({ inboxKeys, group }: z.infer<typeof previewRequestSchema>): Chosen {
  return group === undefined ? { inboxKeys: [...new Set(inboxKeys)] } : { group };
}

/** By what messages that are quarantined may be looked for. */
export const quarantineQuerySchema = z.strictObject({
  reason: z
    .enum(quarantineReasons)
    .optional()
    .meta({ description: "Why they are quarantined", examples: ["UnknownPrison"] }),
  state: z
    .enum(quarantineStates)
    .optional()
    .meta({ description: "What is the matter with them now; `held` by default", examples: ["held"] }),
  ...pageQuery,
});

/** Messages that were quarantined for one reason. */
export const quarantineGroupSchema = z
  .object({
    reason: z.string(),
    state: z.enum(quarantineStates),
    messages: z.int(),
    oldest: instantSchema.describe("When the first of them was seen first"),
    newest: instantSchema.describe("When the last of them was seen last"),
  })
  .meta({ title: "QuarantineGroup" });

/** All groups. */
export const quarantineGroupsSchema = z
  .object({ groups: z.array(quarantineGroupSchema) })
  .meta({ title: "QuarantineGroups" });

/** One fact of a message that was quarantined. */
export const quarantinedSchema = z
  .object({
    inboxKey: z.string(),
    fact: z.enum(facts).optional().describe("Absent if the message does not say which fact it is about"),
    eventType: z.string().optional(),
    nomsNumber: z.string().optional(),
    reason: z.string(),
    error: z.string().describe("The reason in sentences"),
    firstSeen: instantSchema,
    lastSeen: instantSchema,
    state: z.enum(quarantineStates),
    since: instantSchema.describe("Since when it is in this state"),
    replays: z.int(),
    sentAt: instantSchema.optional().describe("When its newest replay was sent last"),
  })
  .meta({ title: "QuarantinedFact" });

/** A page of them, newest first. */
export const quarantinePageSchema = z
  .object({ messages: z.array(quarantinedSchema), ...pageAnswer })
  .meta({ title: "QuarantinePage" });

/** See {@link quarantinePageSchema}. */
export type QuarantinePage = Readonly<z.infer<typeof quarantinePageSchema>>;

/** See {@link quarantineGroupSchema}. */
export type QuarantineGroup = Readonly<z.infer<typeof quarantineGroupSchema>>;

/** See {@link quarantinedSchema}. */
export type Quarantined = Readonly<z.infer<typeof quarantinedSchema>>;

const left = z.int().describe("Messages of the group that this order did not come to: repeat it");
const refusal = z
  .enum(Object.keys(refusals))
  .optional()
  .describe("Why nothing was done; only where `result` is refused");
const message = z.string().optional().describe("The same in a sentence");

/** What became of each message of an order. */
export const orderAnswerSchema = z
  .object({
    results: z.array(
      z.object({
        inboxKey: z.string(),
        result: z.enum(["replaying", "discarded", "restored", "cancelled", "refused"]),
        replay: z.int().optional().describe("Which replay of the message this is"),
        refusal,
        message,
      }),
    ),
    left,
    action: z.int().optional().describe("Number of the action in the record; absent where nothing was done"),
  })
  .meta({ title: "OrderResult" });

export type OrderAnswer = Readonly<z.infer<typeof orderAnswerSchema>>;

const previewedFactSchema = z
  .object({
    fact: z.enum(facts).optional(),
    outcome: z.string(),
    reasons: z.array(z.string()).readonly(),
    changes: z.array(z.unknown()).readonly(),
  })
  .meta({ title: "PreviewedFact" });

/** What would be decided for one fact now; null where it is not known which. */
export type PreviewedFact = Readonly<Omit<z.infer<typeof previewedFactSchema>, "fact">> & {
  readonly fact: Fact | null;
};

/** What would become of each message now. */
export const previewAnswerSchema = z
  .object({
    results: z.array(
      z.object({
        inboxKey: z.string(),
        result: z.enum(["previewed", "refused", "unavailable"]),
        facts: z.array(previewedFactSchema).optional(),
        refusal,
        message,
      }),
    ),
    left,
  })
  .meta({ title: "Preview" });

export type PreviewAnswer = Readonly<z.infer<typeof previewAnswerSchema>>;

/** One message that was quarantined, for the document. */
export const quarantineExample = {
  inboxKey: "2f6b0e8e-54f4-5a3a-9f0e-6f1d2a6f3a55",
  fact: "allocation",
  eventType: "offender-management.allocation.changed",
  nomsNumber: "A1001AA",
  reason: "UnknownPrison",
  error: "No provider of Delius stands for the prison XYZ.",
  firstSeen: "2026-04-02T10:30:01.102+00:00",
  lastSeen: "2026-04-02T10:30:01.203+00:00",
  state: "held",
  since: "2026-04-02T10:30:01.203+00:00",
  replays: 0,
};
