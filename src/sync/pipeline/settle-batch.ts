import type { Database, Transaction, CommitDecision } from "../../platform/database/database.ts";
import type { AllocationAnswer } from "../allocation/allocation-answer.ts";
import type { HandoverAnswer } from "../handover/handover-answer.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import {
  isBlockedBatch,
  type FactCase,
  type FactDecisions,
  type FactHandler,
  type BlockedBatch,
} from "../fact/fact-handler.ts";
import { claimMessages, recordEntries } from "./journal-store.ts";
import type { JournalEntry } from "../fact/journal-record.ts";
import { lockAll, lockFree, limitLockWaits, lookUp } from "./lookup-store.ts";
import type { Fact, Outcome } from "../fact/outcome.ts";
import { showsTheSame, type LookupResult } from "./lookup-result.ts";
import {
  toJournalEntries,
  toClaim,
  toLookupRequest,
  type DecidedFact,
  nomsNumberOf,
  solePerson,
  type Prepared,
  type PreparedFact,
} from "./prepared-message.ts";

/** How one message ended. */
export type Ending =
  | { readonly kind: "settled"; readonly outcomes: readonly SettledFact[] }
  | { readonly kind: "duplicate" }
  /** Another message of this person was settled since the look: what was fetched may be too old (rule G4). */
  | { readonly kind: "start over" }
  /** Another session holds the case: it is to be tried again in a while, and holds up no one meanwhile. */
  | { readonly kind: "locked" };

/** The outcome of one fact of a message. */
export interface SettledFact {
  readonly fact: Fact | null;
  readonly outcome: Outcome;
  readonly dryRun: boolean;
}

/** The facts that messages can be about. */
export interface FactHandlers {
  readonly handover: FactHandler<HandoverAnswer>;
  readonly allocation: FactHandler<AllocationAnswer>;
}

/** Settles a set of messages of different persons in one transaction, or says which of the set stand in the way. */
export type SettleBatch = (set: readonly Prepared[], how: Settling) => Promise<Endings>;

/** How a set is settled. */
export interface Settling {
  readonly signal: AbortSignal;
  /**
   * Together: a person whom another session holds blocks the set. Alone: waits a little for the lock and raises `55P03` when
   * it does not come.
   */
  readonly isAlone: boolean;
}

/** How each message of a set ended, in order; nothing was settled where some stood in the way. */
export type Endings = readonly Ending[] | BlockedBatch;

/**
 * Settles messages in one transaction (rule G4): claim, lock, look again, decide, write, journal, commit. Claims, locks and reads
 * travel together; so do writes, journal and commit. Nothing is written unless every message of the set is settled.
 */
export function createSettleBatch(database: Database, handlers: FactHandlers): SettleBatch {
  return (set, { signal, isAlone }) => database.transaction((tx) => conduct({ tx, set, handlers }, isAlone), signal);
}

/** What would be settled for each fact of a message at this moment. */
export type Preview = (prepared: Prepared, signal: AbortSignal) => Promise<readonly JournalEntry[]>;

/**
 * Decides as settling would, and writes nothing (rule G5). It takes no claim and does not lock the person: it
 * holds up no one, and may be overtaken a moment later.
 */
export function createPreview(database: Database, handlers: FactHandlers): Preview {
  return (prepared, signal) =>
    database.transaction(async (tx) => {
      const clock = lookUp(tx, [toLookupRequest(prepared)]).then((lookups) => clockOf(lookups));
      const [now, decisions] = await Promise.all([clock, decide({ tx, set: [prepared], handlers }, clock)]);
      if (isBlockedBatch(decisions)) throw new Error("A message that stands alone was not decided.");
      return { commit: false, value: toJournalEntries(prepared, decisions.facts, now) };
    }, signal);
}

interface Work {
  readonly tx: Transaction;
  readonly set: readonly Prepared[];
  readonly handlers: FactHandlers;
}

// A row that another session holds holds up a writer for no longer than this; its case is tried again without one.
const lockWaitMs = 250;

async function conduct(work: Work, isAlone: boolean): Promise<CommitDecision<Endings>> {
  const { tx, set } = work;
  // One flush: the statements are started in this order, and each runs after the one before it.
  const limited = limitLockWaits(tx, lockWaitMs);
  const claimed = claimMessages(tx, set.map(toClaim));
  const locked = isAlone ? lockAll(tx, set) : lockFree(tx, set);
  const looked = lookUp(tx, set.map(toLookupRequest));
  const clock = looked.then((lookups) => clockOf(lookups));
  const decided = decide(work, clock);
  const [free, isLocked, lookups, now, decisions] = await Promise.all([
    claimed,
    locked,
    looked,
    clock,
    decided,
    limited,
  ]);
  const hindered = set.map((prepared, index) => {
    const ending = findHindrance(prepared, lookups[index], free);
    return ending ?? (isLocked(prepared) ? null : lockedEnding);
  });
  const alone = hindered.flatMap((ending, place) => (ending === null ? [] : place));
  const [only] = hindered;
  if (set.length === 1 && only != null && only.kind !== "locked") return { commit: false, value: [only] };
  if (isBlockedBatch(decisions)) return { commit: false, value: { alone: [...alone, ...decisions.alone] } };
  if (alone.length > 0) return { commit: false, value: { alone } };
  return write(work, decisions, now);
}

const lockedEnding: Ending = { kind: "locked" };

function clockOf([lookup]: readonly LookupResult[]): Instant {
  if (lookup === undefined) throw new Error("The look-up answered nothing.");
  return lookup.now;
}

function findHindrance(
  { message, lookup, preparedFacts }: Prepared,
  underLock: LookupResult | undefined,
  free: ReadonlySet<string>,
): Ending | null {
  if (!free.has(message.envelope.inboxKey)) return { kind: "duplicate" };
  const facts = preparedFacts.flatMap(({ fact }) => fact ?? []);
  const isSame = underLock !== undefined && showsTheSame(lookup, underLock, facts);
  return isSame ? null : { kind: "start over" };
}

interface Decisions {
  readonly facts: readonly DecidedFact[];
  write(now: Instant): readonly Promise<void>[];
}

async function decide({ tx, set, handlers }: Work, clock: Promise<Instant>): Promise<Decisions | BlockedBatch> {
  const handoverCases = set.flatMap((prepared) => casesOf<HandoverAnswer>(prepared, readHandover));
  const allocationCases = set.flatMap((prepared) => casesOf<AllocationAnswer>(prepared, readAllocation));
  const [handover, allocation] = await Promise.all([
    handoverCases.length > 0 ? handlers.handover.decide(tx, handoverCases, clock) : none,
    allocationCases.length > 0 ? handlers.allocation.decide(tx, allocationCases, clock) : none,
  ]);
  const inTheWay = [...placesOf(set, handoverCases, handover), ...placesOf(set, allocationCases, allocation)];
  if (isBlockedBatch(handover) || isBlockedBatch(allocation)) return { alone: inTheWay };
  return {
    facts: [...pair("handover", handoverCases, handover), ...pair("allocation", allocationCases, allocation)],
    write: (now) => [handover.write(realRuns(handoverCases), now), allocation.write(realRuns(allocationCases), now)],
  };
}

/** Where in the set the cases of a fact stand that are in the way. */
function placesOf(
  set: readonly Prepared[],
  cases: readonly OpenCase<unknown>[],
  decided: FactDecisions | BlockedBatch,
): readonly number[] {
  if (!isBlockedBatch(decided)) return [];
  const keys = new Set(decided.alone.map((place) => cases[place]?.inboxKey));
  return set.flatMap(({ message }, place) => (keys.has(message.envelope.inboxKey) ? place : []));
}

const none: FactDecisions = { decisions: [], write: () => Promise.resolve() };

type OpenCase<Answer> = FactCase<Answer> & { readonly inboxKey: string; readonly dryRun: boolean };

function readHandover(preparedFact: PreparedFact): HandoverAnswer | null {
  return preparedFact.kind === "answer" && preparedFact.fact === "handover" ? preparedFact.answer : null;
}

function readAllocation(preparedFact: PreparedFact): AllocationAnswer | null {
  return preparedFact.kind === "answer" && preparedFact.fact === "allocation" ? preparedFact.answer : null;
}

function casesOf<Answer>(
  { message, lookup, preparedFacts }: Prepared,
  read: (preparedFact: PreparedFact) => Answer | null,
): readonly OpenCase<Answer>[] {
  const { event, envelope } = message;
  const nomsNumber = nomsNumberOf(message, lookup);
  const person = solePerson(lookup);
  if (event.kind === "refused" || person === null || nomsNumber === null) return [];
  const { occurredAt, timeSource, staffCode, removeStale, dryRun, rule } = event;
  const { isRefresh } = rule;
  const { offenderId } = person;
  const { inboxKey } = envelope;
  const { now: lookedUpAt } = lookup;
  return preparedFacts.flatMap((preparedFact) => {
    const answer = read(preparedFact);
    if (answer === null) return [];
    const task = { answer, occurredAt, timeSource, isRefresh, staffCode, removeStale, dryRun };
    return { offenderId, nomsNumber, lookedUpAt, inboxKey, ...task };
  });
}

function pair(fact: Fact, cases: readonly OpenCase<unknown>[], { decisions }: FactDecisions): readonly DecidedFact[] {
  return decisions.flatMap((decision, index) => {
    const inboxKey = cases[index]?.inboxKey;
    return inboxKey === undefined ? [] : [{ inboxKey, fact, decision }];
  });
}

function realRuns(cases: readonly OpenCase<unknown>[]): readonly number[] {
  return cases.flatMap(({ dryRun }, index) => (dryRun ? [] : [index]));
}

function write({ tx, set }: Work, decisions: Decisions, now: Instant): CommitDecision<Endings> {
  const settlements = set.map((prepared) => toJournalEntries(prepared, decisions.facts, now));
  const endings = settlements.map((settled) => ({
    kind: "settled" as const,
    outcomes: settled.map(({ fact, decision, dryRun }) => ({ fact, outcome: decision.outcome, dryRun })),
  }));
  const writes = [...decisions.write(now), recordEntries(tx, settlements.flat())];
  return { commit: true, value: endings, writes };
}
