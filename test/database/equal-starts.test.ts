import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../src/platform/database/database.ts";
import { openDatabase } from "../../src/platform/database/pool.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { listStoredCases } from "../../src/operations/explanation/explanation-store.ts";
import { crnSchema } from "../../src/delius/person/person.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { allocateInCourse, courseOffender } from "../support/course-allocation.ts";
import { courseCases } from "../support/course.ts";
import { findBrokenRules } from "../support/delius-truth.ts";
import { crnOf } from "../support/messages.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** The case of {@link courseCases} that has a responsible POM. */
const place = 1;
/** Three moments that are one second in Delius, where the hour that comes twice has no second pass of its own. */
const moments = {
  "within one second": ["2026-11-28T23:10:17.000Z", "2026-11-28T23:10:17.300Z", "2026-11-28T23:10:17.900Z"],
  "within one second across the end of summer time": [
    "2026-10-25T00:59:59.800Z",
    "2026-10-25T01:00:00.100Z",
    "2026-10-25T01:00:00.500Z",
  ],
  "at different times of the hour that comes twice": [
    "2026-10-25T01:05:00.000Z",
    "2026-10-25T01:30:00.000Z",
    "2026-10-25T01:59:59.000Z",
  ],
} as const;

for (const [when, [first, second, third]] of Object.entries(moments)) {
  describe(`officers allocated ${when}, by connections that take keys from blocks of their own`, () => {
    let database: TestDatabase;
    const connections: Database[] = [];

    const allocate = async (connection: Database, surname: string, at: string) =>
      assert.equal(await allocateInCourse(connection, { place, forename: "Nia", surname, at }), "PomAllocated");

    before(async () => {
      database = await createTestDatabase();
      await seedCases(database.url, courseCases(place + 1));
      for (const _ of [1, 2]) {
        connections.push(openDatabase({ url: secret(database.url), poolSize: 1, schema: "public" }));
      }
      const [one, other] = connections;
      assert.ok(one && other);
      await allocate(one, "First", first);
      await allocate(other, "Second", second);
      await allocate(one, "Third", third);
    });
    after(async () => {
      for (const connection of connections) await connection[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    });

    it("have keys that are not in the order of time", async () => {
      const rows = await database.query(
        `select surname from prison_offender_manager pom join staff on staff_id = allocation_staff_id
       where offender_id = $1 and staff.forename = 'Nia'
       order by prison_offender_manager_id`,
        [courseOffender(place)],
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
        const [present, ...ended] = periods?.map(({ officer }) => officer?.surname) ?? [];
        assert.equal(present, "Third");
        assert.deepEqual(new Set(ended.slice(0, 2)), new Set(["First", "Second"]));
      }
    });

    it("leave no gap, and a gap would be found", async () => {
      assert.deepEqual(await findBrokenRules(database), []);
      await database.query(
        `update prison_offender_manager set end_date = end_date - interval '1 second'
       where offender_id = $1 and end_date > allocation_date`,
        [courseOffender(place)],
      );
      assert.deepEqual(await findBrokenRules(database), ["a gap between POM periods: 1"]);
    });
  });
}
