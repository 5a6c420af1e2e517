import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { listScenarios, readExpected, readScenario } from "../support/scenario.ts";
import { playScenario } from "../support/scenario-run.ts";
import { keepSeed, restoreSeed } from "../support/seed-reset.ts";

const names = await listScenarios();
const scenarios = await Promise.all(names.map(async (name) => ({ name, scenario: await readScenario(name) })));

describe("as it is recorded", () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
    await keepSeed(database);
  });
  after(() => database[Symbol.asyncDispose]());

  for (const { name, scenario } of scenarios) {
    test(`${scenario.given.title} (${name})`, async () => {
      const recorded = await readExpected(name);
      try {
        assert.deepEqual(await playScenario(scenario, database), recorded);
      } finally {
        await restoreSeed(database);
      }
    });
  }
});
