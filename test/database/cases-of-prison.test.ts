import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Transaction } from "../../src/platform/database/database.ts";
import { isKnownPrison } from "../../src/operations/reconciliation/named-case-store.ts";
import { listCases } from "../../src/operations/reconciliation/selection-store.ts";
import { createTestDatabase, openStore, rehearse, type TestDatabase } from "../support/test-database.ts";

describe("the cases of a prison", () => {
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

  const ask = async (tx: Transaction) => {
    const cases = await listCases(tx, { after: null, most: 100, chosen: null, prison: "LEI" });
    return { isKnown: await isKnownPrison(tx, "LEI"), cases: cases.map(({ nomsNumber }) => String(nomsNumber)) };
  };
  const askAfter = (statements: string) =>
    rehearse(store, async (tx) => {
      await tx.script(statements);
      return ask(tx);
    });

  it("are those with an open POM at its provider", async () => {
    const { isKnown, cases } = await rehearse(store, ask);
    assert.equal(isKnown, true);
    assert.ok(cases.includes("A1002AA"), cases.join());
  });

  const provider = "where code = 'N03'";
  const institution = "where nomis_cde_code = 'LEI'";
  const changes: Readonly<Record<string, string>> = {
    "whose provider has ended": `update probation_area set end_date = '2020-01-01' ${provider}`,
    "whose provider is for training": `update probation_area set training_session_id = 1 ${provider}`,
    "whose institution is for training": `update r_institution set training_session_id = 1 ${institution}`,
    "whose provider stands for the institution that is not an establishment": `
      insert into r_institution (institution_id, establishment, selectable, nomis_cde_code)
        select institution_id, 'N', selectable, nomis_cde_code from r_institution ${institution};
      update probation_area set establishment = 'N' ${provider}`,
  };
  for (const [which, change] of Object.entries(changes)) {
    it(`are none of one ${which}: no event finds it either (rule A2)`, async () => {
      assert.deepEqual(await askAfter(change), { isKnown: false, cases: [] });
    });
  }

  it("are found by a provider that ends later", async () => {
    const { isKnown, cases } = await askAfter(`update probation_area set end_date = '2999-01-01' ${provider}`);
    assert.deepEqual([isKnown, cases.includes("A1002AA")], [true, true]);
  });
});
