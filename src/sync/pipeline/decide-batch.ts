import type { Transaction } from "../../platform/database/database.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { AllocationAnswer } from "../allocation/allocation-answer.ts";
import {
  isBlockedBatch,
  type BlockedBatch,
  type FactCase,
  type FactDecisions,
  type FactHandler,
} from "../fact/fact-handler.ts";
import type { Fact } from "../fact/outcome.ts";
import type { HandoverAnswer } from "../handover/handover-answer.ts";
import {
  keyOf,
  nomsNumberOf,
  solePerson,
  type DecidedFact,
  type Prepared,
  type PreparedFact,
} from "./prepared-message.ts";

/** The facts that messages can be about. */
export interface FactHandlers {
  readonly handover: FactHandler<HandoverAnswer>;
  readonly allocation: FactHandler<AllocationAnswer>;
}

/** A set of messages under their locks. */
export interface LockedBatch {
  readonly tx: Transaction;
  readonly set: readonly Prepared[];
  readonly handlers: FactHandlers;
}

/** What was decided for every fact of a set that Manage POM Cases has answered. */
export interface BatchDecisions {
  readonly facts: readonly DecidedFact[];
  /** Starts the writes of these messages of the set. */
  write(part: readonly Prepared[], now: Instant): readonly Promise<void>[];
}

/**
 * Reads what Delius holds of every case and decides; the read travels with the locks that were asked for before. `clock` is the
 * database's clock after them. Answers instead which messages block the others, where some do.
 */
export async function decideBatch(
  { tx, set, handlers }: LockedBatch,
  clock: Promise<Instant>,
): Promise<BatchDecisions | BlockedBatch> {
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
    write: (part, now) => [
      handover.write(realRuns(handoverCases, part), now),
      allocation.write(realRuns(allocationCases, part), now),
    ],
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
  return set.flatMap((prepared, place) => (keys.has(keyOf(prepared)) ? place : []));
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

/** The places of those cases that a part of the set is about, without dry runs. */
function realRuns(cases: readonly OpenCase<unknown>[], part: readonly Prepared[]): readonly number[] {
  const keys = new Set(part.map(keyOf));
  return cases.flatMap(({ dryRun, inboxKey }, index) => (dryRun || !keys.has(inboxKey) ? [] : [index]));
}
