import type { outcomeClasses } from "../../sync/fact/outcome.ts";

type Quarantined = {
  [Outcome in keyof typeof outcomeClasses]: (typeof outcomeClasses)[Outcome] extends "quarantined" ? Outcome : never;
}[keyof typeof outcomeClasses];

interface Help {
  readonly meaning: string;
  /** What a person does about it. */
  readonly remedy: string;
}

const missing: Help = { meaning: "Delius lacks reference data", remedy: "Add it in Delius, then replay" };
const wrongAnswer: Help = {
  meaning: "Manage POM Cases answered what it should not",
  remedy: "Talk to its team; the reason says which field",
};
const unknownMessage: Help = {
  meaning: "The message is not an event that the service knows",
  remedy: "Find the sender and check the subscription's filter; discard the message",
};

/** What each reason to quarantine a message means, and what helps. */
export const quarantineHelp: Readonly<Record<Quarantined, Help>> = {
  UnknownPrison: missing,
  UnknownTeam: missing,
  UnallocatedOfficerMissing: missing,
  ReferenceDataMissing: missing,
  StaffCodesExhausted: {
    meaning: "A provider has used all officer codes up to `Z999`",
    remedy: "Ask the people who look after Delius's staff data",
  },
  AmbiguousPerson: {
    meaning: "Several cases share a NOMS number, and not exactly one of them has an active custodial sentence",
    remedy: "Correct the numbers in Delius, then replay",
  },
  DeliusRefused: {
    meaning:
      "A rule of Delius's database refuses the row; the reason names the table and the constraint, column or SQL state. A preview writes nothing, so it cannot foresee this",
    remedy: "Ask the Delius team about the rule; correct the case in Delius, then replay",
  },
  UnreadableRow: {
    meaning:
      "A row that the case needs holds what Delius's definitions do not allow; the reason names the table, key and column",
    remedy: "Correct the row in Delius, then replay",
  },
  InvalidAnswer: wrongAnswer,
  UnexpectedNotFound: wrongAnswer,
  MismatchedAnswer: wrongAnswer,
  UntrustedDetailUrl: {
    meaning: "The event points to an address that is not Manage POM Cases'",
    remedy: "If the address is right, add its origin to `MPC_ALLOWED_ORIGINS`; otherwise find out who sent the event",
  },
  UnreadableMessage: unknownMessage,
  UnhandledEventType: unknownMessage,
};

/** The same for a reason that may be of another version of the service; null where it is not known here. */
export function findHelp(reason: string): Help | null {
  return Object.entries(quarantineHelp).find(([name]) => name === reason)?.[1] ?? null;
}
