import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { listStoredCases } from "../../src/api/case-record/case-record-store.ts";
import { crnSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { listStoredCases as listExplanations } from "../../src/operations/explanation/explanation-store.ts";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { UnreadableRowError } from "../../src/platform/database/database-failure.ts";
import { listAllocationRecords } from "../../src/sync/allocation/allocation-store.ts";
import { listCustodies } from "../../src/sync/handover/handover-store.ts";
import { createTestDatabase, openStore, rehearse, type TestDatabase } from "../support/test-database.ts";

const now = Date.parse("2026-07-01T12:00:00Z");
const offenderId = offenderIdSchema.parse(2);

const readAllocation = (executor: Executor) =>
  listAllocationRecords(executor, [{ offenderId, answer: { kind: "deallocated" }, lookedUpAt: now }]);
const readDates = (executor: Executor) => listCustodies(executor, [offenderId]);
const readRecord = (executor: Executor) => listStoredCases(executor, [{ crn: crnSchema.parse("X100010") }], now);
const readExplanation = (executor: Executor) =>
  listExplanations(executor, { crn: crnSchema.parse("X100002") }, { before: null, most: 10 });

interface Unreadable {
  readonly change: string;
  readonly read: (executor: Executor) => Promise<unknown>;
  readonly place: string;
}

const pom = (set: string) => `update prison_offender_manager set ${set} where prison_offender_manager_id = 20`;
const unreadable: readonly Unreadable[] = [
  {
    change: pom("allocation_date = '-infinity'"),
    read: readAllocation,
    place: "prison_offender_manager 20, allocation_date",
  },
  {
    change: pom("end_date = 'infinity', active_flag = 0"),
    read: readAllocation,
    place: "prison_offender_manager 20, end_date",
  },
  {
    change: pom("created_datetime = 'infinity'"),
    read: readAllocation,
    place: "prison_offender_manager 20, created_datetime",
  },
  {
    change: pom("row_version = 9223372036854775807"),
    read: readAllocation,
    place: "prison_offender_manager 20, row_version",
  },
  {
    change: "update responsible_officer set start_date = '-infinity' where offender_id = 2",
    read: readAllocation,
    place: "responsible_officer 20, start_date",
  },
  {
    change: "update responsible_officer set end_date = 'infinity' where offender_id = 2",
    read: readAllocation,
    place: "responsible_officer 20, end_date",
  },
  {
    change: "update key_date set key_date = 'infinity' where key_date_id = 20",
    read: readDates,
    place: "key_date 20, key_date",
  },
  {
    change: "update registration set registration_date = 'infinity' where offender_id = 10",
    read: readRecord,
    place: "offender 10, registration.0.registration_date",
  },
  {
    change: pom("allocation_date = '-infinity'"),
    read: readExplanation,
    place: "prison_offender_manager 20, allocation_date",
  },
  {
    change: pom("created_datetime = 'infinity'"),
    read: readExplanation,
    place: "prison_offender_manager 20, created_datetime",
  },
  {
    change: "update offender_manager set allocation_date = '-infinity' where offender_id = 2",
    read: readExplanation,
    place: "offender_manager 20, allocation_date",
  },
  {
    change: "update responsible_officer set created_datetime = 'infinity' where offender_id = 2",
    read: readExplanation,
    place: "responsible_officer 20, created_datetime",
  },
  {
    change: "update key_date set last_updated_datetime = 'infinity' where key_date_id = 20",
    read: readExplanation,
    place: "key_date 20, last_updated_datetime",
  },
];

describe("a row that cannot be read", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  for (const { change, read, place } of unreadable) {
    it(`is named by table, key and column: ${place} (${read.name})`, async () => {
      const reading = rehearse(store, async (tx) => {
        await tx.script(change);
        return read(tx);
      });
      await assert.rejects(reading, (error) => {
        assert.ok(error instanceof UnreadableRowError, String(error));
        assert.ok(error.message.includes(` ${place}: `), error.message);
        return true;
      });
    });
  }
});
