import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { outcomeClasses, type Outcome } from "../../src/sync/fact/outcome.ts";
import { dropOurRules } from "../../sandbox/seed/our-rules.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { listScenarios, readExpected, readScenario } from "../support/scenario.ts";
import { playScenario } from "../support/scenario-run.ts";
import { keepSeed, restoreSeed } from "../support/seed-reset.ts";

const names = await listScenarios();
const scenarios = await Promise.all(names.map(async (name) => ({ name, scenario: await readScenario(name) })));
// What is decided from rows of Delius, beside all that is written: a message or an answer that does not fit never comes so far.
const decidedByRows: ReadonlySet<string> = new Set<Outcome>([
  "NoPomChange",
  "NoKeyDateChange",
  "AmbiguousPerson",
  "DeliusRefused",
  "ReferenceDataMissing",
  "StaffCodesExhausted",
  "UnallocatedOfficerMissing",
  "UnknownPrison",
  "UnknownTeam",
  "UnreadableRow",
]);
const classes = new Map(Object.entries<string>(outcomeClasses));
const meetsRows = ({ expected: { outcomes } }: Awaited<ReturnType<typeof readExpected>>) =>
  outcomes.some((outcome) => classes.get(outcome) === "written" || decidedByRows.has(outcome));
// Some lift a rule of ours and play on a database of their own already.
const played: typeof scenarios = [];
for (const one of scenarios) {
  const { overlap, rows } = one.scenario.given;
  if (!overlap && rows.lift.length === 0 && meetsRows(await readExpected(one.name))) played.push(one);
}

describe("without the rules that are ours alone, the same happens", () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
    await dropOurRules(database);
    await keepSeed(database);
  });
  after(() => database[Symbol.asyncDispose]());

  test("and none of them is left", async () => {
    assert.deepEqual(await database.query("select from pg_constraint where conname like 'ours\\_%'"), []);
    assert.ok(played.length > 40);
  });

  for (const { name, scenario } of played) {
    test(name, async () => {
      try {
        assert.deepEqual(await playScenario(scenario, database), await readExpected(name));
      } finally {
        await restoreSeed(database);
      }
    });
  }
});
