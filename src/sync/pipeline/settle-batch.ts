import { postgresql, type CommitDecision, type Database, type Transaction } from "../../platform/database/database.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import { traceTogether, type Tracing } from "../../platform/process/tracing.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Uptime } from "../../platform/time/uptime.ts";
import type { AllocationAnswer } from "../allocation/allocation-answer.ts";
import type { BlockedBatch, FactDecisions, FactHandler } from "../fact/fact-handler.ts";
import type { Fact, Outcome } from "../fact/outcome.ts";
import type { HandoverAnswer } from "../handover/handover-answer.ts";
import { claimMessages, recordEntries, releaseMessages } from "./journal-store.ts";
import { limitWaits, lockCases, lookUp } from "./lookup-store.ts";
import {
  showsTheSame,
  subjectOf,
  toClaim,
  toJournalEntries,
  type DecidedFact,
  type LookupResult,
  type Prepared,
} from "./prepared-message.ts";
import { writeInGroups, type Failed } from "./write-in-groups.ts";

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

/** Settles a set of messages of different persons in one transaction, or says which of the set block the others. */
export type SettleBatch = (set: readonly Prepared[], settling: Settling) => Promise<Endings>;

/** How a set is settled. */
export interface Settling {
  readonly signal: AbortSignal;
  readonly way: Way;
}

/**
 * Together: a person whom another session holds blocks the set. In groups: the same, but so many messages are written at a time, and those
 * of a group that fails by themselves, so that what the database refuses of one spoils no other. Alone: waits a little for the lock and
 * raises `55P03` when it does not come.
 */
export type Way = "together" | { readonly groupsOf: number } | "alone";

/** How each message of a set ended, in order; nothing was settled where some stood in the way. */
export type Endings = readonly (Ending | Failed)[] | BlockedBatch;

/** The facts that messages can be about. */
export interface FactHandlers {
  readonly handover: FactHandler<HandoverAnswer>;
  readonly allocation: FactHandler<AllocationAnswer>;
}

/** What shows how the database is used for messages. */
export interface Observers {
  readonly metrics: Pick<Metrics, "observe">;
  readonly tracing: Tracing;
  readonly uptime: Uptime;
}

/**
 * Settles messages in one transaction (rule G4): claim, lock, look again, decide, write, journal, commit. Claims, locks and reads
 * travel together; so do writes, journal and commit. Every message is settled wholly or not at all. The transaction is a span, joined to
 * the traces of its messages.
 */
export function createSettleBatch(
  database: Database,
  handlers: FactHandlers,
  { metrics, tracing, uptime }: Observers,
): SettleBatch {
  return (set, { signal, way }) => {
    metrics.observe("batch", {}, set.length);
    const links = set.flatMap(({ message }) => message.envelope.trace ?? []);
    const attributes = { ...postgresql, "messaging.batch.message_count": set.length };
    return traceTogether(tracing, { name: "settle", kind: "client", attributes, links }, async () => {
      const startedAt = uptime();
      try {
        return await database.transaction((tx) => conduct({ tx, set, handlers }, way), signal);
      } finally {
        metrics.observe("databaseOperations", { operation: "settle" }, (uptime() - startedAt) / 1000);
      }
    });
  };
}

/** A set of messages in a transaction. */
interface OpenBatch {
  readonly tx: Transaction;
  readonly set: readonly Prepared[];
  readonly handlers: FactHandlers;
}

async function conduct(work: OpenBatch, way: Way): Promise<CommitDecision<Endings>> {
  const { tx, set } = work;
  // One flush: the statements are started in this order, and each runs after the one before it.
  const groupSize = typeof way === "string" ? null : way.groupsOf;
  const limited = limitWaits(tx, groupSize === null ? 1 : set.length);
  const claimed = claimMessages(tx, set.map(toClaim));
  const locked = lockCases(tx, set, way === "alone" ? "all" : "free");
  const looked = lookUp(
    tx,
    set.map(({ message }) => message),
  );
  const decided = decideBatch(work, looked);
  const [free, isLocked, lookups, decisions] = await Promise.all([claimed, locked, looked, decided, limited]);
  const hindered = set.map(({ message, lookup, preparedFacts }, place): Ending | null => {
    if (!free.has(message.envelope.inboxKey)) return { kind: "duplicate" };
    const underLock = lookups[place];
    const facts = preparedFacts.flatMap(({ fact }) => fact ?? []);
    if (underLock === undefined || !showsTheSame(lookup, underLock, facts)) return { kind: "start over" };
    return isLocked[place] === true ? null : { kind: "locked" };
  });
  const alone = hindered.flatMap((ending, place) => (ending === null ? [] : place));
  const [only] = hindered;
  if (set.length === 1 && only != null && only.kind !== "locked") return { commit: false, value: [only] };
  if ("alone" in decisions) return { commit: false, value: { alone: [...alone, ...decisions.alone] } };
  if (alone.length > 0) return { commit: false, value: { alone } };
  return write(work, decisions, groupSize);
}

/** What was decided for every fact of a set that Manage POM Cases has answered. */
export interface BatchDecisions {
  /** The database's clock after the locks, where there are any. */
  readonly now: Instant;
  readonly facts: readonly DecidedFact[];
  /** Starts the writes of these messages of the set, but for dry runs. */
  write(part: readonly Prepared[]): readonly Promise<void>[];
}

/**
 * Reads what Delius holds of every case and decides; the reads travel with what was asked for before: the look, and the locks where there are any. Answers
 * instead which messages block the others, where some do.
 */
export async function decideBatch(
  { tx, set, handlers }: OpenBatch,
  looked: Promise<readonly LookupResult[]>,
): Promise<BatchDecisions | BlockedBatch> {
  const clock = looked.then(([lookup]) => {
    if (lookup === undefined) throw new Error("The look-up answered nothing.");
    return lookup.now;
  });
  const open = set.flatMap(listOpenFacts);
  const handovers = open.filter((one) => one.fact === "handover");
  const allocations = open.filter((one) => one.fact === "allocation");
  const [now, handover, allocation] = await Promise.all([
    clock,
    handovers.length > 0 ? handlers.handover.decide(tx, handovers, clock) : none,
    allocations.length > 0 ? handlers.allocation.decide(tx, allocations, clock) : none,
  ]);
  if ("alone" in handover || "alone" in allocation) {
    const blocking = [...listBlocking(handovers, handover), ...listBlocking(allocations, allocation)];
    return { alone: set.flatMap((prepared, place) => (blocking.includes(prepared) ? place : [])) };
  }
  const both = [[handovers, handover] as const, [allocations, allocation] as const];
  return {
    now,
    facts: both.flatMap(([cases, { decisions }]) =>
      cases.flatMap(({ inboxKey, fact }, index) => {
        const decision = decisions[index];
        return decision === undefined ? [] : { inboxKey, fact, decision };
      }),
    ),
    write: (part) =>
      both.flatMap(([cases, decided]) => {
        const chosen = cases.flatMap(({ of, dryRun }, index) => (!dryRun && part.includes(of) ? index : []));
        return chosen.length > 0 ? decided.write(chosen, now) : [];
      }),
  };
}

const none: FactDecisions = { decisions: [], write: () => Promise.resolve() };

/** The facts of a message that are to be decided. */
function listOpenFacts(prepared: Prepared) {
  const { event, envelope } = prepared.message;
  const { inboxKey } = envelope;
  const { offenderId, nomsNumber } = subjectOf(prepared);
  if (event.kind === "refused" || offenderId === null || nomsNumber === null) return [];
  const { occurredAt, timeSource, staffCode, removeStale, dryRun, rule } = event;
  const { isRefresh } = rule;
  const lookedUpAt = prepared.lookup.now;
  const task = { offenderId, nomsNumber, lookedUpAt, occurredAt, timeSource, isRefresh, staffCode, removeStale };
  return prepared.preparedFacts.flatMap((known) =>
    known.kind === "answer" ? { ...task, ...known, of: prepared, inboxKey, dryRun } : [],
  );
}

/** The messages whose cases block the others. */
function listBlocking(
  cases: readonly { readonly of: Prepared }[],
  decided: FactDecisions | BlockedBatch,
): readonly Prepared[] {
  return "alone" in decided ? decided.alone.flatMap((index) => cases[index]?.of ?? []) : [];
}

/** Writes what was decided, all at once or in groups that fail by themselves. */
async function write(
  { tx, set }: OpenBatch,
  decisions: BatchDecisions,
  groupSize: number | null,
): Promise<CommitDecision<Endings>> {
  const entries = new Map(set.map((one) => [one, toJournalEntries(one, decisions.facts, decisions.now)] as const));
  const all = [...entries.values()];
  const settled = all.map((ofOne): Ending => {
    const outcomes = ofOne.map(({ fact, decision: { outcome }, dryRun }) => ({ fact, outcome, dryRun }));
    return { kind: "settled", outcomes };
  });
  if (groupSize === null) {
    return { commit: true, value: settled, writes: [...decisions.write(set), recordEntries(tx, all.flat())] };
  }
  const entriesOf = (one: Prepared) => entries.get(one) ?? [];
  const failures = await writeInGroups(tx, {
    set,
    size: groupSize,
    write: (part) => [...decisions.write(part), recordEntries(tx, part.flatMap(entriesOf))],
  });
  // Those that failed leave no trace, so that they can be tried again.
  const failed = set.flatMap(({ message }, place) => (failures[place] ? message.envelope.inboxKey : []));
  const isAnySettled = failed.length < set.length;
  return {
    commit: isAnySettled,
    value: settled.map((ending, place) => failures[place] ?? ending),
    writes: isAnySettled && failed.length > 0 ? [releaseMessages(tx, failed)] : [],
  };
}
