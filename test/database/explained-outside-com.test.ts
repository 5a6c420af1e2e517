import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../src/platform/database/database.ts";
import { crnSchema } from "../../src/delius/person/person.ts";
import { listStoredCases } from "../../src/operations/explanation/explanation-store.ts";
import { createTestDatabase, openStore, type TestDatabase } from "../support/test-database.ts";

describe("the explanation of a case that an outside employee manages", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
    // Delius then holds neither team nor officer.
    await database.query(
      "update offender_manager set team_id = null, allocation_staff_id = null where offender_id = 1",
    );
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it("holds the COM and who is responsible, without an officer", async () => {
    const [explained, ...others] = await listStoredCases(
      store,
      { crn: crnSchema.parse("X100001") },
      { before: null, most: 1 },
    );
    assert.ok(explained);
    assert.deepEqual(others, []);
    const { com, coms, responsibleOfficers } = explained;
    const provider = { code: "N03", description: "Leeds Prison" };
    assert.deepEqual(com, { provider });
    assert.deepEqual(
      coms.map(({ officer, team, provider: { code } }) => [officer, team, code]),
      [[undefined, undefined, "N03"]],
    );
    assert.deepEqual(
      responsibleOfficers.map(({ office, officer, end }) => [office, officer, end]),
      [["COM", undefined, undefined]],
    );
  });
});
