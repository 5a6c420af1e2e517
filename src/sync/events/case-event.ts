import { type TimeSource, facts as allFacts, type Fact, type Outcome } from "../fact/outcome.ts";
import { z } from "zod";
import { staffCodeSchema } from "../allocation/allocation-answer.ts";
import { readCrn, readNomsNumber, type Crn, type NomsNumber } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { describeIssues } from "../../platform/process/schema-fault.ts";
import type { Envelope, EventContent } from "./envelope.ts";
import { eventRows, type EventRule } from "./event-table.ts";

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
  const event = readWholeEvent(envelope);
  const facts = event.facts.filter((fact) => envelope.facts?.includes(fact) ?? true);
  return facts.length === 0 ? event : { ...event, facts };
}

function readWholeEvent({ eventType, content, sentAt }: Envelope): CaseEvent | RefusedEvent {
  const rule = eventRows.get(eventType ?? "")?.rule;
  const facts = rule?.facts ?? [];
  if ("fault" in content) return refuse("UnreadableMessage", facts, content.fault);
  if (eventType === null) return refuse("UnreadableMessage", facts, "The message names no event type.");
  if (rule === undefined) return refuse("UnhandledEventType", facts, "Events of this type are not handled here.");
  if (!rule.isRefresh) return readPerson(content, { rule, facts, dryRun: false, removeStale: false }, sentAt);
  const refresh = readRefresh(content, facts);
  if (refresh.success) return readPerson(content, { rule, ...refresh.data }, sentAt);
  return refuse("UnreadableMessage", facts, `The refresh does not fit: ${describeIssues(refresh.error)}.`);
}

/** A refresh names its facts; one of a type that is about certain facts need not. */
function readRefresh({ additionalInformation }: EventContent, facts: readonly Fact[]) {
  return refreshSchema.safeParse(facts.length === 0 ? additionalInformation : { ...additionalInformation, facts });
}

type Task = Pick<CaseEvent, "rule" | "facts" | "dryRun" | "removeStale">;

function readPerson(content: EventContent, task: Task, sentAt: Instant | null): CaseEvent | RefusedEvent {
  const { rule, facts } = task;
  const event = {
    kind: "event",
    ...task,
    ...readTime(content, sentAt),
    detailUrl: content.detailUrl ?? null,
    staffCode: eventStaffCodeSchema.parse(content.additionalInformation?.["staffCode"]),
  } as const;
  const person = rule.person === "crn" ? readPersonByCrn(content) : readPersonByNomsNumber(content, rule.person);
  return "outcome" in person ? refuse(person.outcome, facts, person.reason) : { ...event, person };
}

function readTime({ occurredAt }: EventContent, sentAt: Instant | null): Pick<CaseEvent, "occurredAt" | "timeSource"> {
  if (occurredAt !== null) return { occurredAt, timeSource: "event" };
  return { occurredAt: sentAt, timeSource: sentAt === null ? null : "SNS" };
}

type Person = CaseEvent["person"] | Pick<RefusedEvent, "outcome" | "reason">;

function readPersonByCrn({ crn: text }: EventContent): Person {
  const crn = readCrn(text ?? "");
  return crn === null ? { outcome: "UnreadableMessage", reason: "The event names no valid CRN." } : { crn };
}

function readPersonByNomsNumber({ personReference }: EventContent, need: "noms" | "optional noms"): Person {
  const values = personReference?.identifiers?.filter((identifier) => identifier?.type === "NOMS") ?? [];
  const text = values.map((identifier) => identifier?.value ?? "").find((value) => value.trim() !== "");
  if (text === undefined && need === "optional noms") {
    return {
      outcome: "NoNomsNumber",
      reason: "The event names no NOMS number, so Manage POM Cases cannot be asked.",
    };
  }
  const nomsNumber = readNomsNumber(text ?? "");
  if (nomsNumber !== null) return { nomsNumber };
  return { outcome: "UnreadableMessage", reason: "The event names no valid NOMS number." };
}

function refuse(outcome: Outcome, facts: readonly Fact[], reason: string): RefusedEvent {
  return { kind: "refused", facts, outcome, reason };
}
