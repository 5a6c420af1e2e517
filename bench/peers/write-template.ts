import { randomUUID } from "node:crypto";
import type { Database } from "../../src/platform/database/database.ts";
import { decideAllocation } from "../../src/sync/allocation/allocation.ts";
import type { AllocationAnswer } from "../../src/sync/allocation/allocation-answer.ts";
import { describeAllocation } from "../../src/sync/allocation/allocation-handler.ts";
import { listAllocationRecords, type AllocationRecord } from "../../src/sync/allocation/allocation-store.ts";
import { writeAllocations } from "../../src/sync/allocation/allocation-write-store.ts";
import { pomIdSchema, responsibleOfficerIdSchema } from "../../src/sync/allocation/plan.ts";
import { claimMessages, recordEntries } from "../../src/sync/pipeline/journal-store.ts";
import type { JournalEntry } from "../../src/sync/fact/outcome.ts";
import { lockIdentifiers, lockPersons, lookUp } from "../../src/sync/pipeline/lookup-store.ts";
import { offenderIdSchema, type NomsNumber, type OffenderId } from "../../src/delius/person/person.ts";
import { staffIdSchema } from "../../src/delius/staff/officer.ts";
import { captureStatements, type CapturedStatement } from "./captured-statements.ts";

/** A case that gets another POM. */
export interface Reallocation {
  readonly nomsNumber: NomsNumber;
  readonly offenderId: OffenderId;
  readonly answer: Extract<AllocationAnswer, { kind: "allocated" }>;
}

/** What stands in the place of what only the database tells. */
export const marks = {
  offenderId: 900_000_001,
  pomId: 900_000_002,
  pomVersion: 900_000_003,
  responsibleOfficerId: 900_000_004,
  responsibleOfficerVersion: 900_000_005,
  staffId: 900_000_006,
  now: 1_900_000_000_007,
} as const;

/** The statements of the second flush, with marks in their values. */
export interface WriteTemplate {
  readonly statements: readonly CapturedStatement[];
  readonly inboxKey: string;
  readonly nomsNumber: string;
}

const eventType = "offender-management.allocation.changed";

/** What the service sends in its first flush for one write event. */
export function captureReads(inboxKey: string, { nomsNumber, offenderId, answer }: Reallocation) {
  const claim = { inboxKey, eventType, nomsNumber, crn: null, receivedAt: Date.now() };
  return captureStatements((tx) =>
    Promise.all([
      claimMessages(tx, [claim]),
      lockIdentifiers(tx, [nomsNumber]),
      lockPersons(tx, [offenderId]),
      lookUp(tx, [{ envelope: { inboxKey }, event: { kind: "event", person: { nomsNumber } } }]),
      listAllocationRecords(tx, [{ offenderId, answer, lookedUpAt: Date.now() }]),
    ]),
  );
}

/** Decides one real reallocation as the service does, and keeps what it would send, with marks for what differs. */
export async function createWriteTemplate(
  database: Database,
  reallocation: Reallocation,
  userId: number,
): Promise<WriteTemplate> {
  const [record] = await listAllocationRecords(database, [{ ...reallocation, lookedUpAt: Date.now() }]);
  if (record === undefined) throw new Error("The database answered nothing.");
  const { nomsNumber, answer } = reallocation;
  const { now } = marks;
  const decision = decideAllocation(markRecord(record), {
    nomsNumber,
    answer,
    occurredAt: now,
    timeSource: "event",
    now,
    isRefresh: false,
    eventStaffCode: answer.manager.code,
    removeStale: false,
  });
  if (!("changes" in decision) || decision.changes === null) throw new Error("The case would not change.");
  const { changes } = decision;
  const offenderId = offenderIdSchema.parse(marks.offenderId);
  const settlement = writeSettlement(reallocation, { ...decision, changes: describeAllocation(changes) });
  const statements = await captureStatements((tx) =>
    Promise.all([writeAllocations(tx, [{ offenderId, changes }], { now, userId }), recordEntries(tx, [settlement])]),
  );
  return { statements, inboxKey: settlement.inboxKey, nomsNumber };
}

function writeSettlement({ nomsNumber, answer }: Reallocation, decision: JournalEntry["decision"]): JournalEntry {
  return {
    inboxKey: randomUUID(),
    fact: "allocation",
    offenderId: offenderIdSchema.parse(marks.offenderId),
    eventType,
    nomsNumber,
    crn: null,
    occurredAt: marks.now,
    receivedAt: marks.now,
    decidedAt: marks.now,
    decision,
    answer,
    dryRun: false,
    traceId: null,
    body: "",
    attributes: {},
  };
}

function markRecord(record: AllocationRecord) {
  const open = record.poms.find(({ end }) => end === null);
  return {
    ...record,
    poms: record.poms
      .filter((pom) => pom === open)
      .map((pom) => ({ ...pom, pomId: pomIdSchema.parse(marks.pomId), rowVersion: marks.pomVersion })),
    responsibleOfficers: record.responsibleOfficers
      .filter(({ pomId, end }) => pomId !== null && pomId === open?.pomId && end === null)
      .map((row) => ({
        ...row,
        pomId: pomIdSchema.parse(marks.pomId),
        responsibleOfficerId: responsibleOfficerIdSchema.parse(marks.responsibleOfficerId),
        rowVersion: marks.responsibleOfficerVersion,
      })),
    candidates: record.candidates.map((one) => ({ ...one, staffId: staffIdSchema.parse(marks.staffId) })),
    highestNumbers: null,
    reasonDescriptions: { AUT: "Automatic", INA: "Internal Transfer", EXT: "External Transfer" },
  };
}
