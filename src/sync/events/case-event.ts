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
