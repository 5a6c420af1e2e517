import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { listStoredCases } from "../../src/api/case-record/case-record-store.ts";
import { crnSchema } from "../../src/delius/person/person.ts";
import { listRegistrations } from "../../src/delius/person/registration-store.ts";
import { listStoredCases as listExplainedCases } from "../../src/operations/explanation/explanation-store.ts";
import { listNamedCases } from "../../src/operations/reconciliation/named-case-store.ts";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { lookUp } from "../../src/sync/pipeline/lookup-store.ts";
import { createTestDatabase, openStore, rehearse, type TestDatabase } from "../support/test-database.ts";

const shared = crnSchema.parse("X100002");
const now = Date.parse("2026-07-01T12:00:00Z");
const page = { before: null, most: 1 };

/** What each look-up by CRN answers, as the NOMS numbers or register types of its cases. */
const lookUps: Readonly<Record<string, (executor: Executor) => Promise<unknown>>> = {
  "a message": async (executor) => {
    const [result] = await lookUp(executor, [
      { envelope: { inboxKey: "key" }, event: { kind: "event", person: { crn: shared } } },
    ]);
    return result?.persons.map(({ nomsNumber }) => nomsNumber);
  },
  "the case record": async (executor) =>
    (await listStoredCases(executor, [{ crn: shared }], now))[0]?.map(({ nomsNumber }) => nomsNumber),
  "the risks": async (executor) => {
    const [registrations] = await listRegistrations(executor, [shared]);
    return registrations?.length === 0 ? ["A1002AA"] : registrations;
  },
  "the explanation": async (executor) =>
    (await listExplainedCases(executor, { crn: shared }, page)).map(({ nomsNumber }) => nomsNumber),
  "a command that names cases": async (executor) =>
    (await listNamedCases(executor, { crns: [shared] })).map(({ nomsNumber }) => nomsNumber),
};

describe("of several cases with one CRN", () => {
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

  // X100001 has the lowest key and registrations, which X100002 has not.
  const share = `
    update offender set crn = 'X100002', noms_number = 'Z0001ZZ', training_session_id = 1 where crn = 'X100001';
    update offender set crn = 'X100002', noms_number = 'Z0010ZZ' where crn = 'X100010';
    update offender set crn = 'x100002', noms_number = 'Z0012ZZ' where crn = 'X100012'`;

  for (const [name, ask] of Object.entries(lookUps)) {
    it(`${name} takes the live one with the lowest key that is not for training`, () =>
      rehearse(store, async (tx) => {
        await tx.script(share);
        assert.deepEqual(await ask(tx), ["A1002AA"]);
      }));
  }
});
