import type { AllocationAnswer } from "../allocation/allocation-answer.ts";
import type { HandoverAnswer } from "../handover/handover-answer.ts";
import type { Crn, NomsNumber } from "../../delius/person/person.ts";
import type { CaseEvent, RefusedEvent } from "../events/case-event.ts";
import type { Delivery, Envelope } from "../events/envelope.ts";
import type { Fact, Outcome } from "../fact/outcome.ts";
import type { FoundPerson, LookupResult } from "./lookup-result.ts";

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
