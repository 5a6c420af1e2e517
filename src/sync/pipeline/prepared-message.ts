import { z } from "zod";
import {
  offenderIdSchema,
  readCrn,
  readNomsNumber,
  type Crn,
  type NomsNumber,
  type OffenderId,
} from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { AllocationAnswer } from "../allocation/allocation-answer.ts";
import type { CaseEvent, RefusedEvent, Delivery, Envelope } from "../events/case-event.ts";
import type { Claim, JournalEntry, RecordChange, Decision, Fact, Outcome } from "../fact/outcome.ts";
import type { HandoverAnswer } from "../handover/handover-answer.ts";

/** A message that has been read. */
export interface ReadMessage {
  readonly delivery: Delivery;
  readonly envelope: Envelope;
  readonly event: CaseEvent | RefusedEvent;
}

/**
 * A case that a message may be about, with its fences (rule G4): the newest journal key for each fact. A number that Delius
 * holds in another shape is null.
 */
export const foundPersonSchema = z.object({
  offenderId: offenderIdSchema,
  crn: z.string().transform(readCrn),
  nomsNumber: z
    .string()
    .nullable()
    .transform((text) => readNomsNumber(text ?? "")),
  /** Active custodial sentences; counted only where the message names a CRN or several cases share the NOMS number. */
  sentences: z.int().nullable(),
  fences: z.object({ handover: z.int().nullable(), allocation: z.int().nullable() }),
});

export type FoundPerson = Readonly<z.infer<typeof foundPersonSchema>>;

/** What one look at the database shows about a message before anything is fetched or locked. */
export interface LookupResult {
  /** The message's key was settled before. */
  readonly isSettled: boolean;
  /** The database's clock at the look. */
  readonly now: Instant;
  /** Undeleted cases with the NOMS number, or with that of the case of the CRN, by key. */
  readonly persons: readonly FoundPerson[];
  /** Whether the case waits for a sentence change; looked up only where the message names a CRN. */
  readonly isWaiting: boolean;
}

/** What a look-up is about: the key of a message, and whom it names. */
export interface LookupRequest {
  readonly envelope: Pick<Envelope, "inboxKey">;
  readonly event: Pick<CaseEvent, "kind" | "person"> | Pick<RefusedEvent, "kind">;
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
 * Whether two looks show the same persons, as blocked or unblocked, behind the same fences of these facts. When they do not, an answer that was
 * fetched between them may be older than what was settled meanwhile, and must not be used (rule G4).
 */
export function showsTheSame(before: LookupResult, after: LookupResult, facts: readonly Fact[]): boolean {
  return (
    before.isWaiting === after.isWaiting &&
    before.persons.length === after.persons.length &&
    before.persons.every((person, index) => {
      const other = after.persons[index];
      return (
        person.offenderId === other?.offenderId &&
        person.nomsNumber === other.nomsNumber &&
        person.sentences === other.sentences &&
        facts.every((fact) => person.fences[fact] === other.fences[fact])
      );
    })
  );
}

/**
 * The one person that a look-up result shows: of several who share a NOMS number, the only one with an active custodial sentence
 * (rule D1). Null when it shows no one, or several of whom no one can say which is meant.
 */
export function solePerson({ persons }: LookupResult): FoundPerson | null {
  const [person, ...others] = persons.length > 1 ? persons.filter(({ sentences }) => sentences !== 0) : persons;
  return person === undefined || others.length > 0 ? null : person;
}

/** Whom a message is about. */
export interface Subject {
  readonly offenderId: OffenderId | null;
  readonly crn: Crn | null;
  readonly nomsNumber: NomsNumber | null;
}

/** Whom a message is about, as far as that is known: the event's own number, and the rest of the one case that a look shows. */
export function subjectOf({ message: { event }, lookup }: Pick<Prepared, "message" | "lookup">): Subject {
  const unknown = { offenderId: null, crn: null, nomsNumber: null };
  const named = event.kind === "event" ? event.person : null;
  const { offenderId, crn, nomsNumber } = { ...unknown, ...solePerson(lookup), ...named };
  return { offenderId, crn, nomsNumber };
}

/** Marks whom a message is about, as far as it says so itself; one about no one has a mark of its own. */
export function markPerson({ event, envelope }: ReadMessage): string {
  if (event.kind === "refused") return `key ${envelope.inboxKey}`;
  return "crn" in event.person ? `CRN ${event.person.crn}` : `NOMS ${event.person.nomsNumber}`;
}

/** What was decided for one fact of one message. */
export interface DecidedFact {
  readonly inboxKey: string;
  readonly fact: Fact;
  readonly decision: Decision<readonly RecordChange[]>;
}

/** What a message writes into the inbox. */
export function toClaim(prepared: Pick<Prepared, "message" | "lookup">): Claim {
  const { envelope, delivery } = prepared.message;
  const { nomsNumber, crn } = subjectOf(prepared);
  const { inboxKey, eventType } = envelope;
  return { inboxKey, eventType, nomsNumber, crn, receivedAt: delivery.receivedAt };
}

/** Everything that the journal keeps of a message: one journal entry for each of its facts. */
export function toJournalEntries(
  prepared: Prepared,
  decided: readonly DecidedFact[],
  now: Instant,
): readonly JournalEntry[] {
  const { envelope, event, delivery } = prepared.message;
  const { offenderId, nomsNumber } = subjectOf(prepared);
  const shared = {
    ...toClaim(prepared),
    offenderId,
    occurredAt: event.kind === "event" ? event.occurredAt : null,
    decidedAt: now,
    dryRun: event.kind === "event" && event.dryRun,
    traceId: envelope.trace?.traceId ?? null,
    body: delivery.body,
    attributes: delivery.attributes,
  };
  return prepared.preparedFacts.map((preparedFact) => {
    const { fact, answer = null } = preparedFact;
    if (preparedFact.kind === "ended") {
      const { outcome, reason } = preparedFact;
      const properties = nomsNumber === null ? {} : { nomsId: nomsNumber };
      return { ...shared, fact, decision: { outcome, properties, reasons: [reason], changes: null }, answer };
    }
    const match = decided.find((one) => one.inboxKey === envelope.inboxKey && one.fact === fact);
    if (match === undefined) throw new Error("A fact with an answer was not decided.");
    return { ...shared, fact, decision: match.decision, answer };
  });
}
