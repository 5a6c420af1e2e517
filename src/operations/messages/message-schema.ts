import { z } from "zod";
import { facts, outcomeClasses, type OutcomeClass } from "../../sync/fact/outcome.ts";
import { actionExample, actionTakenSchema } from "../action/action.ts";
import { instantSchema, pageAnswer, pageQuery, writeCursor } from "../../platform/web/paging.ts";
import { quarantineExample, quarantinedSchema } from "../quarantine/quarantine-schema.ts";

const classes = ["written", "no change", "waiting", "quarantined"] as const satisfies readonly OutcomeClass[];
const outcomes = Object.keys(outcomeClasses);

/** By what messages may be looked for. */
export const messageQuerySchema = z.strictObject({
  outcome: z
    .enum(outcomes)
    .optional()
    .meta({ description: "One of its facts ended so", examples: ["UnknownPrison"] }),
  outcomeClass: z
    .enum(classes)
    .optional()
    .meta({ description: "One of its facts ended in this class", examples: ["quarantined"] }),
  eventType: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, "is not a type of an event")
    .optional()
    .meta({ description: "Type of the event", examples: [quarantineExample.eventType] }),
  dryRun: z
    .enum(["true", "false"])
    .optional()
    .meta({
      description: "One of its facts was decided by a dry run, which writes nothing, or by none",
      examples: ["false"],
    }),
  identifier: z
    .string()
    .max(20)
    .optional()
    .meta({ description: "CRN or NOMS number, in any letter case", examples: ["X100001", "A1001AA"] }),
  from: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: "Decided then or later", examples: ["2026-04-02T00:00:00Z"] }),
  to: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: "Decided then or earlier", examples: ["2026-04-03T00:00:00+01:00"] }),
  ...pageQuery,
  before: z
    .string()
    .max(300)
    .optional()
    .meta({
      description: "The `next` of the page before this one",
      examples: [writeCursor([1_775_125_801_203, 4_711])],
    }),
});

const factOutcomeSchema = z
  .object({
    fact: z.enum(facts).optional().describe("Absent if the message does not say which fact it is about"),
    outcome: z.string(),
    outcomeClass: z.enum(classes),
    dryRun: z.boolean(),
  })
  .meta({ title: "FactOutcome" });

/** A message in a list. */
export const explainedMessageSchema = z
  .object({
    inboxKey: z.string(),
    eventType: z.string().optional(),
    nomsNumber: z.string().optional(),
    crn: z.string().optional(),
    receivedAt: instantSchema,
    decidedAt: instantSchema,
    facts: z.array(factOutcomeSchema).describe("How the message ended, for each of its facts"),
  })
  .meta({ title: "Message" });

/** A page of messages. */
export const messagePageSchema = z
  .object({
    messages: z.array(explainedMessageSchema),
    next: pageAnswer.next.describe(
      "Ask again with `before` set to this for what is older; absent at the end. A page may show few messages, or none, and still not be the last: each looks through a bounded number of them",
    ),
  })
  .meta({ title: "MessagePage" });

/** A message as it was settled. */
export const explainedSettlementSchema = z
  .object({
    inboxKey: z.string(),
    eventType: z.string().optional(),
    nomsNumber: z.string().optional(),
    crn: z.string().optional(),
    receivedAt: instantSchema,
    settledAt: instantSchema,
    deliveries: z.int().describe("How often the queue delivered it"),
    lastDeliveredAt: instantSchema.optional().describe("Absent where it came once"),
  })
  .meta({ title: "Settlement" });

/** What was decided for one fact of a message, without its parts that are kept as they came. */
export const explainedDecisionSchema = factOutcomeSchema.extend({
  inboxKey: z.string(),
  occurredAt: instantSchema.optional(),
  receivedAt: instantSchema,
  decidedAt: instantSchema,
  traceId: z.string().optional(),
});

/** The same with all its parts. */
export const wholeDecisionSchema = explainedDecisionSchema
  .extend({
    properties: z.record(z.string(), z.unknown()),
    answer: z.unknown().describe("What Manage POM Cases answered, as it was read; null where it was not asked"),
    reasons: z.array(z.string()).describe("Why, in sentences"),
    changes: z.array(z.unknown()).describe("Each record before and after"),
  })
  .meta({ title: "Decision" });

/** An attempt at a message that failed. */
export const explainedAttemptSchema = z
  .object({
    inboxKey: z.string(),
    failedAt: instantSchema,
    receives: z.int(),
    dependency: z.string(),
    errorClass: z.string(),
  })
  .meta({ title: "Attempt" });

/** Everything that is known of a message. */
export const wholeMessageSchema = z
  .object({
    inboxKey: z.string(),
    settlements: z
      .array(explainedSettlementSchema)
      .describe("Of the message and of its replays; none while it is tried again"),
    journal: z.array(wholeDecisionSchema),
    attempts: z.array(explainedAttemptSchema),
    quarantine: z.array(quarantinedSchema.extend({ body: z.string(), attributes: z.record(z.string(), z.string()) })),
    actions: z.array(actionTakenSchema),
  })
  .meta({ title: "MessageDetails" });

export type MessagePage = Readonly<z.input<typeof messagePageSchema>>;

export type WholeMessage = Readonly<z.input<typeof wholeMessageSchema>>;

const decisionExample = { fact: "allocation", outcome: "UnknownPrison", outcomeClass: "quarantined", dryRun: false };
const times = { receivedAt: "2026-04-02T10:30:01.102+00:00", decidedAt: "2026-04-02T10:30:01.203+00:00" };
const { inboxKey, nomsNumber, eventType } = quarantineExample;

/** Examples of one message, for the document. */
export const messageExamples = {
  page: { messages: [{ inboxKey, eventType, nomsNumber, crn: "X100001", ...times, facts: [decisionExample] }] },
  whole: {
    inboxKey,
    settlements: [
      {
        inboxKey,
        eventType,
        nomsNumber,
        crn: "X100001",
        receivedAt: times.receivedAt,
        settledAt: times.decidedAt,
        deliveries: 1,
      },
    ],
    journal: [
      {
        inboxKey,
        ...decisionExample,
        ...times,
        occurredAt: "2026-04-02T10:29:58+00:00",
        properties: { nomsId: nomsNumber },
        answer: null,
        reasons: ["No provider of Delius stands for the prison XYZ."],
        changes: [],
      },
    ],
    attempts: [{ inboxKey, failedAt: times.receivedAt, receives: 1, dependency: "mpc", errorClass: "HTTP 502" }],
    quarantine: [{ ...quarantineExample, body: '{"Type":"Notification"}', attributes: { eventType } }],
    actions: [actionExample],
  },
};
