import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openDatabase, type Database } from "../../src/platform/database/database.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { createAllocationHandler } from "../../src/sync/allocation/allocation-handler.ts";
import { listStoredCases } from "../../src/operations/explanation/explanation-store.ts";
import { isBlockedBatch } from "../../src/sync/fact/fact-handler.ts";
import { crnSchema, nomsNumberSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { courseCases } from "../support/course.ts";
import { findBrokenRules } from "../support/delius-truth.ts";
import { crnOf, nomsOf } from "../support/messages.ts";
import { createTestDatabase, neverAborted, type TestDatabase } from "../support/test-database.ts";

/** The case of {@link courseCases} that has a responsible POM. */
const place = 1;
const now = Date.parse("2026-11-28T23:10:17Z");
const reallocation = {
  offenderId: offenderIdSchema.parse(1000 + place),
  nomsNumber: nomsNumberSchema.parse(nomsOf(place)),
  lookedUpAt: now,
  occurredAt: now,
  timeSource: "event",
  isRefresh: false,
  staffCode: undefined,
  removeStale: false,
} as const;

describe("officers allocated within one second by connections that take keys from blocks of their own", () => {
  let database: TestDatabase;
  const connections: Database[] = [];
  const handler = createAllocationHandler({ username: "ManagePomCasesAndDelius", isPreview: false });

  const allocate = async (connection: Database, surname: string) => {
    const manager = { code: undefined, forename: "Nia", surname, email: null };
    const answer = { kind: "allocated", prisonCode: "LEI", manager } as const;
    await connection.transaction(async (tx) => {
      const decided = await handler.decide(tx, [{ ...reallocation, answer }], Promise.resolve(now));
      assert.ok(!isBlockedBatch(decided));
      assert.deepEqual(
        decided.decisions.map(({ outcome }) => outcome),
        ["PomAllocated"],
      );
      await decided.write([0], now);
      return { commit: true, value: undefined };
    }, neverAborted());
  };

  before(async () => {
    database = await createTestDatabase();
    await seedCases(database.url, courseCases(place + 1));
    for (const _ of [1, 2]) {
      connections.push(openDatabase({ url: secret(database.url), poolSize: 1, schema: "public" }));
    }
    const [one, other] = connections;
    assert.ok(one && other);
    await allocate(one, "First");
    await allocate(other, "Second");
    await allocate(one, "Third");
  });
  after(async () => {
    for (const connection of connections) await connection[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it("have keys that are not in the order of time", async () => {
    const rows = await database.query(
      `select surname from prison_offender_manager pom join staff on staff_id = allocation_staff_id
       where offender_id = $1 and pom.created_datetime > '2026-11-01'
       order by prison_offender_manager_id`,
      [reallocation.offenderId],
    );
    assert.deepEqual(
      rows.map(({ surname }) => surname),
      ["First", "Third", "Second"],
    );
  });

  it("are explained with the present one first, and those who held the case for less than a second behind", async () => {
    const [connection] = connections;
    assert.ok(connection);
    const page = { before: null, most: 1 };
    const [explained] = await listStoredCases(connection, { crn: crnSchema.parse(crnOf(place)) }, page);
    for (const periods of [explained?.poms, explained?.responsibleOfficers]) {
      const [present, ...ended] = periods?.map(({ officer }) => officer.surname) ?? [];
      assert.equal(present, "Third");
      assert.deepEqual(new Set(ended.slice(0, 2)), new Set(["First", "Second"]));
    }
  });

  it("leave no gap, and a gap would be found", async () => {
    assert.deepEqual(await findBrokenRules(database), []);
    await database.query(
      `update prison_offender_manager set end_date = end_date - interval '1 second'
       where offender_id = $1 and end_date > allocation_date`,
      [reallocation.offenderId],
    );
    assert.deepEqual(await findBrokenRules(database), ["a gap between POM periods: 1"]);
  });
});
