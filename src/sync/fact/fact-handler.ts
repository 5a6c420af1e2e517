import type { Decision, RecordChange, TimeSource } from "./outcome.ts";
import type { Transaction } from "../../platform/database/database.ts";
import type { NomsNumber, OffenderId } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";

/** One case, locked, about which Manage POM Cases has answered. */
export interface FactCase<Answer> {
  readonly offenderId: OffenderId;
  readonly nomsNumber: NomsNumber;
  readonly answer: Answer;
  /** The database's clock when the case was looked up: what has ended by then is not chosen any more. */
  readonly lookedUpAt: Instant;
  /** When the event happened; null when nothing says. */
  readonly occurredAt: Instant | null;
  readonly timeSource: TimeSource;
  readonly isRefresh: boolean;
  /** The NOMIS staff code in the event: null for "no one", undefined when it carries none. */
  readonly staffCode: number | null | undefined;
  readonly removeStale: boolean;
}

/** Decisions about a set of cases, in the order of the cases. */
export interface FactDecisions {
  readonly decisions: readonly Decision<readonly RecordChange[]>[];
  /** Starts the write of the chosen decisions (by place), in statements that travel together; `now` stamps the rows. */
  write(chosen: readonly number[], now: Instant): Promise<void>;
}

/** Places of a set that block the others, each to be settled by itself; the others may go together. */
export interface BlockedBatch {
  readonly alone: readonly number[];
}

/** Who writes and when: the columns that every Delius row carries (rule D6). */
export interface Author {
  /** Delius's key of the user that the service writes as. */
  readonly userId: number;
  readonly now: Instant;
}

/** One fact of the service: how a set of cases is decided and written inside one transaction. */
export interface FactHandler<Answer> {
  /**
   * Reads what Delius holds and decides. It starts its read at once, so that the read travels with the locks that were
   * asked for before it; `clock` is the database's clock after those locks. It answers which cases of several need a lock
   * of their own (a new officer, rule S3): nothing is written then, and each of them is to be settled by itself.
   */
  decide(
    tx: Transaction,
    cases: readonly FactCase<Answer>[],
    clock: Promise<Instant>,
  ): Promise<FactDecisions | BlockedBatch>;
}
