import type { Crn, NomsNumber, OffenderId } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";

/** The two facts of a case that Manage POM Cases owns. */
export const facts = ["handover", "allocation"] as const;

/** One of the two facts; every message ends in one outcome for each fact it concerns. */
export type Fact = (typeof facts)[number];

/** What an outcome means for the message and for the person who looks after the service (rule O1). */
export type OutcomeClass = "written" | "no change" | "waiting" | "quarantined";

/** Every way in which a message can end, and its class: a closed set (rule O1). */
export const outcomeClasses = {
  PomAllocated: "written",
  PomDeallocated: "written",
  PomEmailUpdated: "written",
  PomRepaired: "written",
  KeyDateCreated: "written",
  KeyDateUpdated: "written",
  KeyDateDeleted: "written",
  NoPomChange: "no change",
  NoKeyDateChange: "no change",
  NotReadyToAllocate: "no change",
  NoHandoverData: "no change",
  NothingToRefresh: "no change",
  NoNomsNumber: "no change",
  Duplicate: "no change",
  PersonNotFound: "waiting",
  NoActiveCustodialSentence: "waiting",
  MultipleActiveCustodialSentences: "waiting",
  UnreadableMessage: "quarantined",
  UnhandledEventType: "quarantined",
  UntrustedDetailUrl: "quarantined",
  InvalidAnswer: "quarantined",
  MismatchedAnswer: "quarantined",
  UnexpectedNotFound: "quarantined",
  UnknownPrison: "quarantined",
  UnknownTeam: "quarantined",
  UnallocatedOfficerMissing: "quarantined",
  StaffCodesExhausted: "quarantined",
  ReferenceDataMissing: "quarantined",
  AmbiguousPerson: "quarantined",
  DeliusRefused: "quarantined",
  UnreadableRow: "quarantined",
} as const satisfies Record<string, OutcomeClass>;

/** The name of an outcome, as it stands in the journal and in telemetry. */
export type Outcome = keyof typeof outcomeClasses;

/** What a waiting case waits for (rule O2): an outcome of another class has no entry. */
export const waitsFor: Readonly<Partial<Record<Outcome, "prison identifier" | "sentence change">>> = {
  PersonNotFound: "prison identifier",
  NoActiveCustodialSentence: "sentence change",
  MultipleActiveCustodialSentences: "sentence change",
};

/**
 * What was decided for one fact, as plain data: the real run, the dry run, the preview and the explanation in the
 * journal all use this one value (rule G5). `changes` is null exactly when Delius is to be left as it is.
 */
export interface Decision<Changes> {
  readonly outcome: Outcome;
  /** Properties for telemetry and the journal. What is not known is left out. */
  readonly properties: Readonly<Record<string, string>>;
  /** Why, in sentences for a person who does not know the code. */
  readonly reasons: readonly string[];
  readonly changes: Changes | null;
}

/** What says when an event happened; null when nothing does. */
export type TimeSource = "event" | "SNS" | null;

/** One record of Delius before and after a decision, for the explanation. Null where there was none before, or is none after. */
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
