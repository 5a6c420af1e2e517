import type { AllocationAnswer } from "../allocation/allocation-answer.ts";
import type { HandoverAnswer } from "../handover/handover-answer.ts";
import type { Crn, NomsNumber } from "../../delius/person/person.ts";
import type { CaseEvent, RefusedEvent } from "../events/case-event.ts";
import type { Delivery, Envelope } from "../events/envelope.ts";
import type { Fact, Outcome, Decision } from "../fact/outcome.ts";
import type { FoundPerson, LookupResult, LookupRequest } from "./lookup-result.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Claim, RecordChange, JournalEntry } from "../fact/journal-record.ts";

/** A message that has been read. */
export interface ReadMessage {
  readonly delivery: Delivery;
  readonly envelope: Envelope;
  readonly event: CaseEvent | RefusedEvent;
}

/** A fact whose outcome needs no answer of Manage POM Cases, or whose answer cannot be used. */
export interface Ended {
  readonly kind: "ended";
  readonly fact: Fact | null;
  readonly outcome: Outcome;
  readonly reason: string;
  /** What Manage POM Cases answered, where it was asked and something else ended the fact. */
  readonly answer?: HandoverAnswer | AllocationAnswer;
}

/** A fact that Manage POM Cases is to be asked about. */
export interface ToFetch {
  readonly kind: "fetch";
  readonly fact: Fact;
  readonly url: string;
}

/** What is known about one fact of a message when it is ready to be settled. */
export type PreparedFact =
  | Ended
  | { readonly kind: "answer"; readonly fact: "handover"; readonly answer: HandoverAnswer }
  | { readonly kind: "answer"; readonly fact: "allocation"; readonly answer: AllocationAnswer };

/** A message that is ready to be settled. */
export interface Prepared {
  readonly message: ReadMessage;
  readonly lookup: LookupResult;
  readonly preparedFacts: readonly PreparedFact[];
}

/**
 * The one person that a look-up result shows: of several who share a NOMS number, the only one with an active custodial sentence
 * (rule D1). Null when it shows no one, or several of whom no one can say which is meant.
 */
export function solePerson({ persons }: LookupResult): FoundPerson | null {
  const [person, ...others] = persons.length > 1 ? persons.filter(({ sentences }) => sentences !== 0) : persons;
  return person === undefined || others.length > 0 ? null : person;
}

/** The CRN that a message is about: the event's own, else that of the case with its NOMS number. */
export function crnOf({ event }: ReadMessage, lookup: LookupResult): Crn | null {
  if (event.kind === "event" && "crn" in event.person) return event.person.crn;
  return solePerson(lookup)?.crn ?? null;
}

/** Marks whom a message is about, as far as it says so itself; one about no one has a mark of its own. */
export function markPerson({ event, envelope }: ReadMessage): string {
  if (event.kind === "refused") return `key ${envelope.inboxKey}`;
  return "crn" in event.person ? `CRN ${event.person.crn}` : `NOMS ${event.person.nomsNumber}`;
}

/** The NOMS number that a message is about: the event's own, else that of the case with its CRN. */
export function nomsNumberOf({ event }: ReadMessage, lookup: LookupResult): NomsNumber | null {
  if (event.kind === "event" && "nomsNumber" in event.person) return event.person.nomsNumber;
  return solePerson(lookup)?.nomsNumber ?? null;
}

/** What was decided for one fact of one message. */
export interface DecidedFact {
  readonly inboxKey: string;
  readonly fact: Fact;
  readonly decision: Decision<readonly RecordChange[]>;
}

/** What a message asks of the look-up. */
export function toLookupRequest({ message }: Pick<Prepared, "message">): LookupRequest {
  const { envelope, event } = message;
  return { inboxKey: envelope.inboxKey, person: event.kind === "event" ? event.person : null };
}

/** What a message writes into the inbox. */
export function toClaim({ message, lookup }: Prepared): Claim {
  const { envelope, delivery } = message;
  return {
    inboxKey: envelope.inboxKey,
    eventType: envelope.eventType,
    nomsNumber: nomsNumberOf(message, lookup),
    crn: crnOf(message, lookup),
    receivedAt: delivery.receivedAt,
  };
}

/** The key that a message is claimed under. */
export function keyOf({ message }: Prepared): string {
  return message.envelope.inboxKey;
}

/** Everything that the journal keeps of a message: one journal entry for each of its facts. */
export function toJournalEntries(
  prepared: Prepared,
  decided: readonly DecidedFact[],
  now: Instant,
): readonly JournalEntry[] {
  const { message, lookup, preparedFacts } = prepared;
  const { envelope, event, delivery } = message;
  const shared = {
    ...toClaim(prepared),
    offenderId: solePerson(lookup)?.offenderId ?? null,
    occurredAt: event.kind === "event" ? event.occurredAt : null,
    decidedAt: now,
    dryRun: event.kind === "event" && event.dryRun,
    traceId: envelope.trace?.traceId ?? null,
    body: delivery.body,
    attributes: delivery.attributes,
  };
  return preparedFacts.map((preparedFact) => ({ ...shared, ...decidePreparedFact(prepared, preparedFact, decided) }));
}

function decidePreparedFact(
  prepared: Prepared,
  preparedFact: PreparedFact,
  decided: readonly DecidedFact[],
): Pick<JournalEntry, "fact" | "decision" | "answer"> {
  const { fact } = preparedFact;
  if (preparedFact.kind === "ended") {
    return { fact, decision: endedDecision(prepared, preparedFact), answer: preparedFact.answer ?? null };
  }
  const { inboxKey } = prepared.message.envelope;
  const match = decided.find((one) => one.inboxKey === inboxKey && one.fact === fact);
  if (match === undefined) throw new Error("A fact with an answer was not decided.");
  return { fact, decision: match.decision, answer: preparedFact.answer };
}

function endedDecision({ message, lookup }: Prepared, { outcome, reason }: Ended): JournalEntry["decision"] {
  const nomsNumber = nomsNumberOf(message, lookup);
  const properties = nomsNumber === null ? {} : { nomsId: nomsNumber };
  return { outcome, properties, reasons: [reason], changes: null };
}
