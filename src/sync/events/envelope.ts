import { z } from "zod";
import { notJson, parseJson, tooDeep } from "../../platform/process/strict-text.ts";
import { traceparentSchema, type TraceContext } from "../../platform/process/trace-context.ts";
import { describeIssues } from "../../platform/process/schema-fault.ts";
import { parseInstant, type Instant } from "../../platform/time/london-time.ts";
import { facts, type Fact } from "../fact/outcome.ts";

/** A message as the queue hands it over. */
export interface Delivery {
  readonly messageId: string;
  readonly body: string;
  /** The text values of the SQS message attributes. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly receives: number;
  readonly receivedAt: Instant;
}

/** What a message says, in whichever way it was delivered. */
export interface Envelope {
  /** The key under which the message is settled once: that of a replay, else SNS's message id, else SQS's (rule E6). */
  readonly inboxKey: string;
  /** The facts that a replay is about; null for all that the event is about (rule O3). */
  readonly facts: readonly Fact[] | null;
  readonly eventType: string | null;
  /** When SNS took the message. */
  readonly sentAt: Instant | null;
  /** Where in a trace the message belongs. */
  readonly trace: TraceContext | null;
  /** The event itself, or the fault that makes it unreadable. */
  readonly content: EventContent | { readonly fault: string };
}

/** The parts of an event that we use; everything else is borne and dropped (rule E1). */
export type EventContent = Readonly<z.infer<typeof eventSchema>>;

const keyText = /^[\x21-\x7e]{1,100}$/;
const timeSchema = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === "string" ? parseInstant(value) : null));
const attributeSchema = z
  .object({ Value: z.string() })
  .transform(({ Value }) => Value)
  .optional()
  .catch(undefined);
const noAttributes = { eventType: undefined, traceparent: undefined };
const notificationSchema = z.object({
  Message: z.string(),
  MessageId: z.string().regex(keyText).optional().catch(undefined),
  Timestamp: timeSchema,
  MessageAttributes: z.object({ eventType: attributeSchema, traceparent: attributeSchema }).catch(noAttributes),
});

const identifierSchema = z.object({ type: z.string(), value: z.string() }).nullable().catch(null);
const eventSchema = z.object({
  occurredAt: timeSchema,
  detailUrl: z.string().nullish(),
  crn: z.string().nullish().catch(null),
  personReference: z.object({ identifiers: z.array(identifierSchema).nullish() }).nullish(),
  additionalInformation: z.record(z.string(), z.unknown()).nullish().catch(null),
});
const typeSchema = z.object({ eventType: z.string() });

// A replay that tells neither rightly is a message like any other.
const replaySchema = z.object({
  inboxKey: z.string().regex(keyText).optional().catch(undefined),
  facts: z
    .string()
    .transform((names) => names.split(","))
    .pipe(z.array(z.enum(facts)))
    .nullable()
    .catch(null),
});

/** Replays of one message at most (rule O3). */
export const maxReplays = 5;

/** The key that a replay is settled under (rule O3). */
export function replayKey(inboxKey: string, replay: number): string {
  return `${inboxKey}#${replay}`;
}

/** The key of the message itself, also where the key is that of one of its replays. */
export function originalKey(inboxKey: string): string {
  return inboxKey.replace(/#\d$/, "");
}

/** The keys under which anything may be recorded of a message: its own and those of its replays. */
export function keysOf(inboxKey: string): readonly string[] {
  return [inboxKey, ...Array.from({ length: maxReplays }, (_, index) => replayKey(inboxKey, index + 1))];
}

const raw = { MessageId: undefined, Timestamp: null, MessageAttributes: noAttributes };

/** Reads a message: an SNS notification, or the event itself where delivery is raw (rule E1). Pure; never throws. */
export function readEnvelope({ messageId, body, attributes }: Delivery): Envelope {
  const { inboxKey, facts: replayed } = replaySchema.parse(attributes);
  const delivered = parseJson(body);
  const notification = notificationSchema.safeParse(delivered).data;
  const { MessageId: id = messageId, Timestamp: sentAt, MessageAttributes: own } = notification ?? raw;
  const event = notification === undefined ? delivered : parseJson(notification.Message);
  const { success, data: content, error } = eventSchema.safeParse(event);
  // The first type that can be read: those of the attributes come before that of the event itself.
  const types = [own.eventType, attributes["eventType"], typeSchema.safeParse(event).data?.eventType];
  return {
    inboxKey: inboxKey ?? id,
    facts: replayed,
    eventType: types.find((type) => keyText.test(type ?? "")) ?? null,
    sentAt,
    trace: traceparentSchema.parse(own.traceparent) ?? traceparentSchema.parse(attributes["traceparent"]),
    content: success ? content : { fault: explainFault(event, error) },
  };
}

function explainFault(event: unknown, error: z.ZodError): string {
  if (event === notJson) return "The message is not JSON.";
  if (event === tooDeep) return "The message is nested too deeply to be read.";
  return `The message does not fit: ${describeIssues(error)}.`;
}
