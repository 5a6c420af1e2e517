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

/** What a waiting case waits for (rule O2); null for an outcome that waits for nothing. */
export function waitsFor(outcome: Outcome): "prison identifier" | "sentence change" | null {
  if (outcomeClasses[outcome] !== "waiting") return null;
  return outcome === "PersonNotFound" ? "prison identifier" : "sentence change";
}

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
