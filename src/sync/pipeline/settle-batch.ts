import type { CommitDecision, Database } from "../../platform/database/database.ts";
import { sessionLimits } from "../../platform/database/session-settings.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { isBlockedBatch, type BlockedBatch } from "../fact/fact-handler.ts";
import type { JournalEntry } from "../fact/journal-record.ts";
import type { Fact, Outcome } from "../fact/outcome.ts";
import { decideBatch, type BatchDecisions, type FactHandlers, type LockedBatch } from "./decide-batch.ts";
import { claimMessages, recordEntries, releaseMessages } from "./journal-store.ts";
import { showsTheSame, type LookupResult } from "./lookup-result.ts";
import { limitWaits, lockAll, lockFree, lookUp, type WaitLimits } from "./lookup-store.ts";
import { keyOf, toClaim, toJournalEntries, toLookupRequest, type Prepared } from "./prepared-message.ts";

/** How one message ended. */
export type Ending =
  | { readonly kind: "settled"; readonly outcomes: readonly SettledFact[] }
  | { readonly kind: "duplicate" }
  /** Another message of this person was settled since the look: what was fetched may be too old (rule G4). */
  | { readonly kind: "start over" }
  /** Another session holds the case: it is to be tried again in a while, and holds up no one meanwhile. */
  | { readonly kind: "locked" };

/** Nothing of this one message was written, for the database raised this; the others of its set were settled. */
export interface Failed {
  readonly kind: "failed";
  readonly error: Error;
}

/** The outcome of one fact of a message. */
export interface SettledFact {
  readonly fact: Fact | null;
  readonly outcome: Outcome;
  readonly dryRun: boolean;
}

/** Settles a set of messages of different persons in one transaction, or says which of the set block the others. */
export type SettleBatch = (set: readonly Prepared[], settling: Settling) => Promise<Endings>;

/** How a set is settled. */
export interface Settling {
  readonly signal: AbortSignal;
  readonly way: Way;
}

/**
 * Together: a person whom another session holds blocks the set. Apart: the same, and each message is written by itself, so that what the
 * database refuses of one spoils no other. Alone: waits a little for the lock and raises `55P03` when it does not come.
 */
export type Way = "together" | "apart" | "alone";

/** How each message of a set ended, in order; nothing was settled where some stood in the way. */
export type Endings = readonly (Ending | Failed)[] | BlockedBatch;

/**
 * Settles messages in one transaction (rule G4): claim, lock, look again, decide, write, journal, commit. Claims, locks and reads
 * travel together; so do writes, journal and commit. Every message is settled wholly or not at all.
 */
export function createSettleBatch(database: Database, handlers: FactHandlers): SettleBatch {
  return (set, { signal, way }) => database.transaction((tx) => conduct({ tx, set, handlers }, way), signal);
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
      const [now, decisions] = await Promise.all([clock, decideBatch({ tx, set: [prepared], handlers }, clock)]);
      if (isBlockedBatch(decisions)) throw new Error("A message that stands alone was not decided.");
      return { commit: false, value: toJournalEntries(prepared, decisions.facts, now) };
    }, signal);
}

// Rows that another session holds hold up a writer for no longer than this; their cases are tried again without one.
const waits: WaitLimits = { lock: 250, statement: sessionLimits.statement_timeout };

/** However many are held up one after the other, the others of their set do not wait much longer than for one. */
function shareWaits(messages: number): WaitLimits {
  return {
    lock: Math.ceil(waits.lock / messages),
    statement: Math.max(Math.ceil(waits.statement / messages), 1_000),
  };
}

async function conduct(work: LockedBatch, way: Way): Promise<CommitDecision<Endings>> {
  const { tx, set } = work;
  // One flush: the statements are started in this order, and each runs after the one before it.
  const limited = limitWaits(tx, shareWaits(way === "apart" ? set.length : 1));
  const claimed = claimMessages(tx, set.map(toClaim));
  const locked = way === "alone" ? lockAll(tx, set) : lockFree(tx, set);
  const looked = lookUp(tx, set.map(toLookupRequest));
  const clock = looked.then((lookups) => clockOf(lookups));
  const decided = decideBatch(work, clock);
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
  return way === "apart" ? writeApart(work, decisions, now) : write(work, decisions, now);
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

function write({ tx, set }: LockedBatch, decisions: BatchDecisions, now: Instant): CommitDecision<Endings> {
  const settlements = set.map((prepared) => toJournalEntries(prepared, decisions.facts, now));
  const writes = [...decisions.write(set, now), recordEntries(tx, settlements.flat())];
  return { commit: true, value: settlements.map(toEnding), writes };
}

/** Writes each message so that it fails alone; those that do leave no trace, so that they can be tried again. */
async function writeApart(
  { tx, set }: LockedBatch,
  decisions: BatchDecisions,
  now: Instant,
): Promise<CommitDecision<Endings>> {
  const settlements = set.map((prepared) => toJournalEntries(prepared, decisions.facts, now));
  const failures = await tx.attemptEach(
    set.map((prepared, place) => async () => {
      await Promise.all([...decisions.write([prepared], now), recordEntries(tx, settlements[place] ?? [])]);
    }),
  );
  const failed = set.filter((_, place) => failures[place] instanceof Error);
  const value = settlements.map((settled, place) => {
    const error = failures[place] ?? null;
    return error === null ? toEnding(settled) : ({ kind: "failed", error } as const);
  });
  const isAnySettled = failed.length < set.length;
  const writes = isAnySettled && failed.length > 0 ? [releaseMessages(tx, failed.map(keyOf))] : [];
  return { commit: isAnySettled, value, writes };
}

function toEnding(settled: readonly JournalEntry[]): Ending {
  const outcomes = settled.map(({ fact, decision, dryRun }) => ({ fact, outcome: decision.outcome, dryRun }));
  return { kind: "settled", outcomes };
}
