import type { Transaction } from "../adapters/database.ts";
import type { FactCase, FactDecisions, FactHandler, InTheWay } from "../inbox/fact-handler.ts";
import type { Decision } from "../inbox/outcome.ts";
import { getHighestNumbers, lockProvider } from "../staff/staff-store.ts";
import type { Provider } from "../staff/officer.ts";
import type { Instant } from "../time/london-time.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { AllocationChanges } from "./allocation-changes.ts";
import { decideAllocation } from "./allocation.ts";
import type { AllocationDecision, AllocationFacts } from "./allocation-question.ts";
import { describeAllocation } from "./allocation-record.ts";
import { listAllocationRecords, type AllocationRecord } from "./allocation-store.ts";
import { writeAllocations } from "./allocation-write-store.ts";

/** What the allocation handler needs beside the transaction. */
export interface AllocationRules {
  /** Delius's key of the user that the service writes as. */
  readonly userId: number;
  /** The descriptions of the allocation reasons, as the diary shows them. */
  readonly reasonDescriptions: () => Promise<AllocationFacts["reasonDescriptions"]>;
}

type AllocationCase = FactCase<AllocationAnswer>;
type ReasonDescriptions = AllocationFacts["reasonDescriptions"];

interface Moment {
  readonly now: Instant;
  readonly reasonDescriptions: ReasonDescriptions;
}

/** Decides and writes the POM, the responsible officer and the diary of sets of cases (spec 1.4, 1.5). */
export function createAllocationHandler({
  userId,
  reasonDescriptions,
}: AllocationRules): FactHandler<AllocationAnswer> {
  const decide = async (
    tx: Transaction,
    cases: readonly AllocationCase[],
    clock: Promise<Instant>,
  ): Promise<FactDecisions | InTheWay> => {
    const [records, now, descriptions] = await Promise.all([
      listAllocationRecords(tx, cases),
      clock,
      reasonDescriptions(),
    ]);
    const moment = { now, reasonDescriptions: descriptions };
    const first = cases.map((one, index) => decideOne(one, records[index], moment));
    const decisions = await addOfficers(tx, { cases, first, moment });
    return "alone" in decisions ? decisions : withWrite({ tx, cases, decisions, userId });
  };
  return { decide };
}

function decideOne(
  { nomsNumber, answer, occurredAt, isRefresh, staffCode, removeStale }: AllocationCase,
  record: (AllocationRecord & Partial<Pick<AllocationFacts, "highestNumbers">>) | undefined,
  { now, reasonDescriptions }: Moment,
): AllocationDecision {
  if (record === undefined) throw new Error("The database answered fewer allocation records than were asked for.");
  const question = { nomsNumber, answer, isRefresh, removeStale, now, occurredAt: occurredAt ?? now };
  const facts = { highestNumbers: null, ...record, reasonDescriptions };
  return decideAllocation(facts, { ...question, eventStaffCode: staffCode });
}

interface FirstDecisions {
  readonly cases: readonly AllocationCase[];
  readonly first: readonly AllocationDecision[];
  readonly moment: Moment;
}

type Decided = Decision<AllocationChanges>;

async function addOfficers(
  tx: Transaction,
  { cases, first, moment }: FirstDecisions,
): Promise<readonly Decided[] | InTheWay> {
  const [single, ...others] = cases;
  const decided = first.filter((decision): decision is Decided => decision.outcome !== "OfficerCodeNeeded");
  if (decided.length === first.length || single === undefined) return decided;
  if (others.length > 0) {
    return { alone: first.flatMap(({ outcome }, place) => (outcome === "OfficerCodeNeeded" ? place : [])) };
  }
  return [await decideWithNewOfficer(tx, single, { first, moment })];
}

/** Looks again under the provider's lock: another process may have added the same officer meanwhile (spec 1.5). */
async function decideWithNewOfficer(
  tx: Transaction,
  single: AllocationCase,
  { first, moment }: Pick<FirstDecisions, "first" | "moment">,
): Promise<Decided> {
  const provider = first.find((decision) => decision.outcome === "OfficerCodeNeeded");
  if (provider === undefined) throw new Error("No decision asked for an officer code.");
  const [record, highestNumbers] = await readUnderLock(tx, single, provider.provider);
  const decision = decideOne(single, record === undefined ? undefined : { ...record, highestNumbers }, moment);
  if (decision.outcome === "OfficerCodeNeeded") throw new Error("The officer codes were read and asked for again.");
  return decision;
}

async function readUnderLock(tx: Transaction, single: AllocationCase, provider: Provider) {
  const [, records, highestNumbers] = await Promise.all([
    lockProvider(tx, provider.providerId),
    listAllocationRecords(tx, [single]),
    getHighestNumbers(tx, provider.code),
  ]);
  return [records[0], highestNumbers] as const;
}

interface DecidedCases {
  readonly tx: Transaction;
  readonly cases: readonly AllocationCase[];
  readonly decisions: readonly Decided[];
  readonly userId: number;
}

function withWrite({ tx, cases, decisions, userId }: DecidedCases): FactDecisions {
  return {
    decisions: decisions.map((decision) => ({
      ...decision,
      changes: decision.changes === null ? null : describeAllocation(decision.changes),
    })),
    write: async (chosen, now) => {
      const writes = chosen.flatMap((index) => {
        const offenderId = cases[index]?.offenderId;
        const changes = decisions[index]?.changes;
        return offenderId === undefined || changes == null ? [] : [{ offenderId, changes }];
      });
      if (writes.length > 0) await writeAllocations(tx, writes, { userId, now });
    },
  };
}
