import type { TimeSource, Decision } from "../fact/outcome.ts";
import type { ReasonCode } from "../fact/delius-codes.ts";
import type { NomsNumber } from "../../delius/person/person.ts";
import type { HighestNumbers, Candidate, Officer, Provider, Team } from "../../delius/staff/officer.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { AllocationChanges } from "./allocation-changes.ts";
import type { StandingRows } from "./plan.ts";

/** The provider that a prison belongs to, and its team of POMs. */
export interface Destination {
  readonly provider: Provider;
  readonly team: Team | null;
}

/** Providers of which each has the prison: which of them is meant, no one can say but in Delius. */
export interface Contenders {
  readonly contenders: readonly string[];
}

/** The unallocated officer of a provider, with the team that they stand in. */
export interface UnallocatedOfficer {
  readonly provider: Provider;
  readonly team: Team | null;
  readonly officer: Officer | null;
}

/** What Delius holds that a decision about a POM rests on; read under the person's lock. */
export interface AllocationFacts extends StandingRows {
  /** Null when no provider has the prison that the answer names. */
  readonly destination: Destination | Contenders | null;
  /** Live officers of that provider, all those among them who bear the name that the answer gives. */
  readonly candidates: readonly Candidate[];
  /** The highest officer numbers of that provider; null when they were not read, being needed only for a new officer. */
  readonly highestNumbers: HighestNumbers | null;
  /** The unallocated officers of the providers of the person's POM rows. */
  readonly unallocatedOfficers: readonly UnallocatedOfficer[];
  /** Descriptions of the allocation reasons. */
  readonly reasonDescriptions: Readonly<Record<ReasonCode, string>>;
}

/** What is asked: the event, the answer and the moment. */
export interface AllocationQuestion {
  readonly nomsNumber: NomsNumber;
  readonly answer: AllocationAnswer;
  /** When the event happened (rule A1); now when nothing says. */
  readonly occurredAt: Instant;
  readonly timeSource: TimeSource;
  /** The database's clock, taken after the lock. */
  readonly now: Instant;
  readonly isRefresh: boolean;
  /** Nothing is written: the code of a new officer is not reserved, and may be another one then. */
  readonly isPreview?: boolean;
  /** The NOMIS staff code in the event: null for "no one", undefined when it carries none. */
  readonly eventStaffCode: number | null | undefined;
  /** Treat "not ready" as "deallocated" (rule A11). */
  readonly removeStale: boolean;
}

/** The named officer is not in Delius, and a code for them needs the provider's lock first (rule S3). */
export interface OfficerCodeNeeded {
  readonly outcome: "OfficerCodeNeeded";
  readonly provider: Provider;
}

/** A decision about a POM, or the word that it needs a new officer's code first. */
export type AllocationDecision = Decision<AllocationChanges> | OfficerCodeNeeded;
