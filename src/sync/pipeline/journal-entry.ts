import type { Instant } from "../../platform/time/london-time.ts";
import type { Decision, Fact } from "../fact/outcome.ts";
import type { Claim, RecordChange, JournalEntry } from "../fact/journal-record.ts";
import type { LookupRequest } from "./lookup-result.ts";
import { crnOf, nomsNumberOf, solePerson, type Ended, type Prepared, type PreparedFact } from "./prepared-message.ts";

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
