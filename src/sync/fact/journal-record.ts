import type { Crn, NomsNumber, OffenderId } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Decision, Fact } from "./outcome.ts";

/** One record of Delius before and after a decision, for the explanation. Null: it was not there, or is no more. */
export interface RecordChange {
  readonly record: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** A message that is about to be settled. */
export interface Claim {
  readonly inboxKey: string;
  readonly eventType: string | null;
  readonly nomsNumber: NomsNumber | null;
  readonly crn: Crn | null;
  readonly receivedAt: Instant;
}

/** How a message ended for one fact, with everything that the journal keeps of it. */
export interface JournalEntry {
  readonly inboxKey: string;
  /** Null where the message does not say which fact it is about. */
  readonly fact: Fact | null;
  readonly offenderId: OffenderId | null;
  readonly eventType: string | null;
  readonly nomsNumber: NomsNumber | null;
  readonly crn: Crn | null;
  readonly occurredAt: Instant | null;
  readonly receivedAt: Instant;
  readonly decidedAt: Instant;
  readonly decision: Decision<readonly RecordChange[]>;
  /** What Manage POM Cases answered, as it was read; null when it was not asked. */
  readonly answer: unknown;
  readonly dryRun: boolean;
  readonly traceId: string | null;
  /** The message itself, kept when it is quarantined. */
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}
