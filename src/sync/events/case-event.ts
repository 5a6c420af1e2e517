import { z } from "zod";
import { readCrn, readNomsNumber, type Crn, type NomsNumber } from "../../delius/person/person.ts";
import { describeIssues } from "../../platform/process/schema-fault.ts";
import { notJson, parseJson, tooDeep } from "../../platform/process/strict-text.ts";
import { traceparentSchema, type TraceContext } from "../../platform/process/trace-context.ts";
import { parseInstant, type Instant } from "../../platform/time/london-time.ts";
import { staffCodeSchema } from "../allocation/allocation-answer.ts";
import { facts as allFacts, type Fact, type Outcome, type TimeSource } from "../fact/outcome.ts";
import { eventRows, handledEventTypes, type EventRule, type HandledEventType } from "./event-table.ts";

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
    .pipe(z.array(z.enum(allFacts)))
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

/** What to call a type in logs and metrics: the type is the sender's text, and only those that we know are no secrets. */
export function labelEventType(eventType: string | null): HandledEventType | "other" {
  return handledEventTypes.find((handled) => handled === eventType) ?? "other";
}

/** An event that concerns one case, ready to be looked into. */
export interface CaseEvent {
  readonly kind: "event";
  readonly rule: EventRule;
  readonly facts: readonly Fact[];
  readonly person: { readonly nomsNumber: NomsNumber } | { readonly crn: Crn };
  /** When it happened: the event's own time, else SNS's; null when neither is readable (rule E1). */
  readonly occurredAt: Instant | null;
  readonly timeSource: TimeSource;
  readonly detailUrl: string | null;
  readonly staffCode: number | null | undefined;
  readonly dryRun: boolean;
  readonly removeStale: boolean;
}

/** An event that ends before anybody is looked up. */
export interface RefusedEvent {
  readonly kind: "refused";
  /** The facts that the refusal concerns; empty where the event does not say. */
  readonly facts: readonly Fact[];
  readonly outcome: Outcome;
  readonly reason: string;
}

// A refresh with a misspelt flag must not become a real run, so it is read strictly.
const refreshSchema = z.object({
  facts: z
    .array(z.enum(allFacts))
    .nonempty()
    .transform((named) => [...new Set(named)]),
  dryRun: z.boolean().default(false),
  removeStale: z.boolean().default(false),
});

const eventStaffCodeSchema = z.union([z.null(), staffCodeSchema]);

/** Reads what an envelope asks of us (rules E2, E3, E7); a replay names its facts (rule O3). Pure; never throws. */
export function readCaseEvent(envelope: Envelope): CaseEvent | RefusedEvent {
  const read = readTask(envelope);
  const named = read.facts.filter((fact) => envelope.facts?.includes(fact) ?? true);
  const facts = named.length === 0 ? read.facts : named;
  if ("reason" in read) return { kind: "refused", ...read, facts };
  const { content, ...task } = read;
  const person = readPerson(content, task.rule.person);
  if ("reason" in person) return { kind: "refused", ...person, facts };
  const ofQueue = envelope.sentAt === null ? null : "SNS";
  return {
    kind: "event",
    ...task,
    facts,
    person,
    occurredAt: content.occurredAt ?? envelope.sentAt,
    timeSource: content.occurredAt === null ? ofQueue : "event",
    detailUrl: content.detailUrl ?? null,
    staffCode: eventStaffCodeSchema.parse(content.additionalInformation?.["staffCode"]),
  };
}

type Refusal = Pick<RefusedEvent, "outcome" | "reason">;

interface Task extends Pick<CaseEvent, "rule" | "facts" | "dryRun" | "removeStale"> {
  readonly content: EventContent;
}

function readTask({ eventType, content }: Envelope): Task | (Refusal & Pick<RefusedEvent, "facts">) {
  const rule = eventRows.get(eventType ?? "")?.rule;
  const facts = rule?.facts ?? [];
  const unreadable = { outcome: "UnreadableMessage", facts } as const;
  if ("fault" in content) return { ...unreadable, reason: content.fault };
  if (eventType === null) return { ...unreadable, reason: "The message names no event type." };
  if (rule === undefined) {
    return { outcome: "UnhandledEventType", facts, reason: "Events of this type are not handled here." };
  }
  if (!rule.isRefresh) return { rule, facts, content, dryRun: false, removeStale: false };
  const refresh = readRefresh(content, facts);
  if (refresh.success) return { rule, ...refresh.data, content };
  return { ...unreadable, reason: `The refresh does not fit: ${describeIssues(refresh.error)}.` };
}

/** A refresh names its facts; one of a type that is about certain facts need not. */
function readRefresh({ additionalInformation }: EventContent, facts: readonly Fact[]) {
  return refreshSchema.safeParse(facts.length === 0 ? additionalInformation : { ...additionalInformation, facts });
}

function readPerson(event: EventContent, need: EventRule["person"]): CaseEvent["person"] | Refusal {
  if (need === "crn") return readPersonByCrn(event);
  const identifiers = event.personReference?.identifiers ?? [];
  const named = identifiers.find((identifier) => identifier?.type === "NOMS" && identifier.value.trim() !== "");
  if (named === undefined && need === "optional noms") {
    return {
      outcome: "NoNomsNumber",
      reason: "The event names no NOMS number, so Manage POM Cases cannot be asked.",
    };
  }
  const nomsNumber = readNomsNumber(named?.value ?? "");
  if (nomsNumber !== null) return { nomsNumber };
  return { outcome: "UnreadableMessage", reason: "The event names no valid NOMS number." };
}

function readPersonByCrn({ crn: text }: EventContent): CaseEvent["person"] | Refusal {
  const crn = readCrn(text ?? "");
  return crn === null ? { outcome: "UnreadableMessage", reason: "The event names no valid CRN." } : { crn };
}
