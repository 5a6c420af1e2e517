import { getHighestNumbers, lockProvider } from "../../delius/staff/staff-store.ts";
import { toDeliusTime, type Instant } from "../../platform/time/london-time.ts";
import type { Transaction } from "../../platform/database/database.ts";
import type { FactCase, FactHandler } from "../fact/fact-handler.ts";
import type { Decision, RecordChange } from "../fact/outcome.ts";
import { readReferences, refuseWithout, unknownUser, type ReferenceData } from "../fact/reference-store.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { AllocationChanges, NewPom } from "./allocation-changes.ts";
import type { AllocationDecision, AllocationFacts, OfficerCodeNeeded } from "./allocation-question.ts";
import { listAllocationRecords, type AllocationRecord } from "./allocation-store.ts";
import { writeAllocations } from "./allocation-write-store.ts";
import { decideAllocation } from "./allocation.ts";
import type { Period, PlannedResponsibleOfficer, Pom } from "./plan.ts";

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
  return {
    decide: async (tx, cases, clock) => {
      const [records, reference, now] = await Promise.all([
        listAllocationRecords(tx, cases),
        readReferences(tx, username, cases),
        clock,
      ]);
      const moment = { now: toDeliusTime(now), reference, isPreview };
      const first = cases.map((one, place) => ({ one, place, decision: decideOne(one, records[place], moment) }));
      const alone = first.flatMap(({ decision, place }) => (decision.outcome === "OfficerCodeNeeded" ? place : []));
      if (cases.length > 1 && alone.length > 0) return { alone };
      const decided = await Promise.all(
        first.map(async ({ one, decision }) => ({
          offenderId: one.offenderId,
          decision:
            decision.outcome === "OfficerCodeNeeded"
              ? await decideWithNewOfficer(tx, one, { ...decision, moment })
              : decision,
        })),
      );
      return {
        decisions: decided.map(({ decision }) => ({
          ...decision,
          changes: decision.changes === null ? null : describeAllocation(decision.changes),
        })),
        write: async (chosen, writtenAt) => {
          const writes = chosen
            .flatMap((place) => decided[place] ?? [])
            .flatMap(({ offenderId, decision: { changes } }) => (changes === null ? [] : { offenderId, changes }));
          if (writes.length === 0) return;
          if (reference.userId === null) throw unknownUser();
          await writeAllocations(tx, writes, { userId: reference.userId, now: writtenAt });
        },
      };
    },
  };
}

function decideOne(
  { nomsNumber, answer, occurredAt, timeSource, isRefresh, staffCode, removeStale }: AllocationCase,
  record: (AllocationRecord & Partial<Pick<AllocationFacts, "highestNumbers">>) | undefined,
  { now, reference, isPreview }: Moment,
): AllocationDecision {
  if (record === undefined) throw new Error("The database answered fewer allocation records than were asked for.");
  const missing = reference.missing.allocation;
  if (missing.length > 0) return refuseWithout(missing, nomsNumber);
  const facts = { highestNumbers: null, ...record, reasonDescriptions: reference.reasonDescriptions };
  return decideAllocation(facts, {
    nomsNumber,
    answer,
    isRefresh,
    isPreview,
    removeStale,
    now,
    occurredAt: toDeliusTime(occurredAt ?? now),
    timeSource,
    eventStaffCode: staffCode,
  });
}

/**
 * Looks again under the provider's lock: another process may have added the same officer meanwhile (rule S3). A preview
 * takes no lock, so that no event waits for it.
 */
async function decideWithNewOfficer(
  tx: Transaction,
  one: AllocationCase,
  { provider, moment }: OfficerCodeNeeded & { readonly moment: Moment },
): Promise<Decision<AllocationChanges>> {
  const [, [record], highestNumbers] = await Promise.all([
    moment.isPreview ? null : lockProvider(tx, provider.providerId),
    listAllocationRecords(tx, [one]),
    getHighestNumbers(tx, provider.code),
  ]);
  const decision = decideOne(one, record === undefined ? undefined : { ...record, highestNumbers }, moment);
  if (decision.outcome === "OfficerCodeNeeded") throw new Error("The officer codes were read and asked for again.");
  return decision;
}

/** What an allocation changes, record by record before and after, for the journal. */
export function describeAllocation(changes: AllocationChanges): readonly RecordChange[] {
  const { poms, responsibleOfficers, newPom, newResponsibleOfficer, contacts } = changes;
  const added = [
    ...(newResponsibleOfficer === null
      ? []
      : [{ record: "responsible officer", after: { pom: "new", ...showPeriod(newResponsibleOfficer) } }]),
    ...contacts.map(({ type, at, notes }) => ({
      record: "contact",
      after: { type, at: new Date(at).toISOString(), notes },
    })),
  ];
  return [
    ...poms.map(({ before, after }) => ({
      record: "POM",
      before: showPom(before),
      after: after.removed ? null : showPom(after),
    })),
    ...(newPom === null ? [] : describeNewPom(newPom)),
    ...responsibleOfficers.map(({ before, after }) => ({
      record: "responsible officer",
      before: showResponsibleOfficer(before),
      after: showResponsibleOfficer(after),
    })),
    ...added.map(({ record, after }) => ({ record, before: null, after })),
  ];
}

function describeNewPom({ officer, joinsTeam, team, reason, email, start }: NewPom): readonly RecordChange[] {
  const { code } = officer;
  const member =
    joinsTeam === null ? [] : [{ record: "team member", before: null, after: { officer: code, team: team.code } }];
  const begin = new Date(start).toISOString();
  const rest = { team: team.code, reason: reason.code, email, start: begin, end: null };
  // Codes are not unique in Delius.
  if ("staffId" in officer) {
    return [...member, { record: "POM", before: null, after: { officer: code, staffId: officer.staffId, ...rest } }];
  }
  const { forename, surname } = officer;
  return [
    {
      record: "officer",
      before: null,
      after: { code, forename, surname, start: new Date(officer.start).toISOString() },
    },
    ...member,
    { record: "POM", before: null, after: { officer: code, ...rest } },
  ];
}

function showPom(pom: Pom) {
  const { pomId, officer, team, reason, email } = pom;
  return { pomId, officer: officer.code, team: team.code, reason: reason.code, email, ...showPeriod(pom) };
}

function showResponsibleOfficer(row: PlannedResponsibleOfficer) {
  return { responsibleOfficerId: row.responsibleOfficerId, pom: row.pomId, ...showPeriod(row) };
}

function showPeriod({ start, end }: Period) {
  return { start: new Date(start).toISOString(), end: end === null ? null : new Date(end).toISOString() };
}
