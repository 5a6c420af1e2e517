import type { Transaction } from "../../platform/database/database.ts";
import type { FactCase, FactDecisions, FactHandler, BlockedBatch } from "../fact/fact-handler.ts";
import type { Decision } from "../fact/outcome.ts";
import { refuseWithout, requireUser, type ReferenceData, readReferences } from "../fact/reference-store.ts";
import { getHighestNumbers, lockProvider } from "../../delius/staff/staff-store.ts";
import { toDeliusTime, type Instant } from "../../platform/time/london-time.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { AllocationChanges } from "./allocation-changes.ts";
import { decideAllocation } from "./allocation.ts";
import type { AllocationDecision, AllocationFacts, OfficerCodeNeeded } from "./allocation-question.ts";
import { describeAllocation } from "./describe-changes.ts";
import { listAllocationRecords, type AllocationRecord } from "./allocation-store.ts";
import { writeAllocations } from "./allocation-write-store.ts";

/** What the allocation handler needs beside the transaction. */
export interface AllocationRules {
  /** The Delius user that every written row names. */
  readonly username: string;
  /** Nothing is to be locked: the code of a new officer is only foreseen. */
  readonly isPreview: boolean;
}

type AllocationCase = FactCase<AllocationAnswer>;

interface Moment {
  readonly now: Instant;
  readonly reference: ReferenceData;
  readonly isPreview: boolean;
}

/** Decides and writes the POM, the responsible officer and the diary of sets of cases. */
export function createAllocationHandler({ username, isPreview }: AllocationRules): FactHandler<AllocationAnswer> {
  const decide = async (
    tx: Transaction,
    cases: readonly AllocationCase[],
    clock: Promise<Instant>,
  ): Promise<FactDecisions | BlockedBatch> => {
    const [records, reference, now] = await Promise.all([
      listAllocationRecords(tx, cases),
      readReferences(tx, username, cases),
      clock,
    ]);
    const moment = { now: toDeliusTime(now), reference, isPreview };
    const first = cases.map((one, place) => ({ one, place, decision: decideOne(one, records[place], moment) }));
    const alone = first.flatMap(({ decision, place }) => (decision.outcome === "OfficerCodeNeeded" ? place : []));
    if (cases.length > 1 && alone.length > 0) return { alone };
    const decisions = await Promise.all(
      first.map(async ({ one, decision }) =>
        decision.outcome === "OfficerCodeNeeded" ? decideWithNewOfficer(tx, one, { ...decision, moment }) : decision,
      ),
    );
    return withWrite({ tx, cases, decisions, reference });
  };
  return { decide };
}

function decideOne(
  { nomsNumber, answer, occurredAt, timeSource, isRefresh, staffCode, removeStale }: AllocationCase,
  record: (AllocationRecord & Partial<Pick<AllocationFacts, "highestNumbers">>) | undefined,
  { now, reference, isPreview }: Moment,
): AllocationDecision {
  if (record === undefined) throw new Error("The database answered fewer allocation records than were asked for.");
  const refused = refuseWithout(reference.missing.allocation, nomsNumber);
  if (refused !== null) return refused;
  const question = {
    nomsNumber,
    answer,
    isRefresh,
    isPreview,
    removeStale,
    now,
    occurredAt: toDeliusTime(occurredAt ?? now),
    timeSource,
  };
  const facts = { highestNumbers: null, ...record, reasonDescriptions: reference.reasonDescriptions };
  return decideAllocation(facts, { ...question, eventStaffCode: staffCode });
}

type Decided = Decision<AllocationChanges>;

/**
 * Looks again under the provider's lock: another process may have added the same officer meanwhile (rule S3). A preview
 * takes no lock, so that no event waits for it.
 */
async function decideWithNewOfficer(
  tx: Transaction,
  one: AllocationCase,
  { provider, moment }: OfficerCodeNeeded & { readonly moment: Moment },
): Promise<Decided> {
  const [, [record], highestNumbers] = await Promise.all([
    moment.isPreview ? null : lockProvider(tx, provider.providerId),
    listAllocationRecords(tx, [one]),
    getHighestNumbers(tx, provider.code),
  ]);
  const decision = decideOne(one, record === undefined ? undefined : { ...record, highestNumbers }, moment);
  if (decision.outcome === "OfficerCodeNeeded") throw new Error("The officer codes were read and asked for again.");
  return decision;
}

interface DecidedCases {
  readonly tx: Transaction;
  readonly cases: readonly AllocationCase[];
  readonly decisions: readonly Decided[];
  readonly reference: ReferenceData;
}

function withWrite({ tx, cases, decisions, reference }: DecidedCases): FactDecisions {
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
      if (writes.length > 0) await writeAllocations(tx, writes, { userId: requireUser(reference), now });
    },
  };
}
