import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { writeDifferences } from "../../src/commands/terminal/difference-text.ts";
import { reconcile } from "../../src/operations/reconciliation/reconciliation-job.ts";
import { listDifferences } from "../../src/operations/reconciliation/reconciliation-store.ts";
import { neverAborted } from "../support/test-database.ts";
import { startDriftWorld, type DriftWorld } from "./drift-fixture.ts";

/** What keeps the reader of A1002AA from taking a row of the case, and what is said of it. */
const unreadable = {
  "a POM that began at no time": {
    change: "update prison_offender_manager set allocation_date = '-infinity' where offender_id = 2",
    repair: "update prison_offender_manager set allocation_date = '2026-01-08T09:30:00' where offender_id = 2",
    said: /prison_offender_manager 20, allocation_date: is not a time/,
  },
  "a handover date on no day": {
    change: "update key_date set key_date = 'infinity' where custody_id = 20 and key_date_id = 20",
    repair: "update key_date set key_date = '2026-08-03' where custody_id = 20 and key_date_id = 20",
    said: /key_date 20, key_date: Invalid ISO date/,
  },
};

describe("a reconciliation over rows as the published definitions allow them", () => {
  let world: DriftWorld;
  before(async () => {
    world = await startDriftWorld({ cases: 0, drift: 0 });
  });
  after(() => world[Symbol.asyncDispose]());

  const compareAll = async () => {
    const { runId, compared } = await reconcile(world.settings, { all: true }, neverAborted());
    assert.equal(compared, world.inScope);
    return listDifferences(world.comparison.database, runId, { after: null, most: 10_000 });
  };
  const compareOthers = async () => (await compareAll()).filter(({ nomsNumber }) => nomsNumber !== "A1002AA");
  const summarise = (found: Awaited<ReturnType<typeof compareAll>>) =>
    found.map(({ nomsNumber, fact, class: name, outcome }) => [nomsNumber, fact, name, outcome]);

  it("finds the same where the POM of a case has no officer code", async () => {
    const usual = summarise(await compareAll());
    await world.database.query("update staff set officer_code = null where officer_code = 'N03A001'");
    assert.deepEqual(summarise(await compareAll()), usual);
  });

  for (const [what, { change, repair, said }] of Object.entries(unreadable)) {
    it(`counts a case as an error for ${what}, says which, and compares all others`, async () => {
      const usual = summarise(await compareOthers());
      await world.database.query(change);
      const found = await compareAll();
      assert.deepEqual(summarise(found), [["A1002AA", null, "error", "UnreadableRow"], ...usual]);
      assert.match(writeDifferences({ width: 200, hasEmphasis: false }, found.slice(0, 1), 1), said);
      await world.database.query(repair);
    });
  }
});
