import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Transaction } from "../../src/platform/database/database.ts";
import { activeSentences, custodialSentences, handoverDates } from "../../src/delius/person/sentence-store.ts";
import { createTestDatabase, openStore, queryIn, rehearse, type TestDatabase } from "../support/test-database.ts";

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

const list = async (tx: Transaction, column: string, table: string) => {
  const rows = await queryIn(tx).query(`select ${column} as found from ${table} order by 1`);
  return rows.map((row) => Number(row["found"]));
};

/** Person 5 has two sentences, 50 and 51. */
const sentencesOf = (tx: Transaction) => list(tx, "sentence.event_id", `${activeSentences} where offender_id = 5`);
const custodiesOf = (tx: Transaction) => list(tx, "custody.custody_id", `${custodialSentences} where offender_id = 5`);

describe("an active sentence, custodial or not (rule D2),", () => {
  for (const table of ["event", "disposal"]) {
    for (const change of ["active_flag = 0", "soft_deleted = 1", "training_session_id = 1"]) {
      it(`has no ${table} with ${change}`, async () => {
        await rehearse(store, async (tx) => {
          await tx.script(`update ${table} set ${change} where ${table}_id = 50`);
          assert.deepEqual([await sentencesOf(tx), await custodiesOf(tx)], [[51], [51]]);
        });
      });
    }
  }

  for (const change of ["soft_deleted = 1", "training_session_id = 1"]) {
    it(`is not custodial by a custody with ${change}`, async () => {
      await rehearse(store, async (tx) => {
        await tx.script(`update custody set ${change} where custody_id = 50`);
        assert.deepEqual([await sentencesOf(tx), await custodiesOf(tx)], [[50, 51], [51]]);
      });
    });
  }
});

describe("a handover date", () => {
  const datesOf = (tx: Transaction, state: "live" | "deleted") =>
    list(tx, "key_date.key_date_id", `${handoverDates(state)} where custody_id = 20`);
  const both = async (tx: Transaction) => [await datesOf(tx, "live"), await datesOf(tx, "deleted")];
  const changes: readonly (readonly [name: string, change: string, found: readonly (readonly number[])[]])[] = [
    ["is live as it is seeded", "created_datetime = created_datetime", [[20, 21], []]],
    ["is deleted or live", "soft_deleted = 1", [[21], [20]]],
    ["is not of a training session", "training_session_id = 1", [[21], []]],
    [
      "is of no other type",
      "key_date_type_id = (select min(standard_reference_list_id) from r_standard_reference_list)",
      [[21], []],
    ],
  ];
  for (const [name, change, found] of changes) {
    it(name, async () => {
      await rehearse(store, async (tx) => {
        await tx.script(`update key_date set ${change} where key_date_id = 20`);
        assert.deepEqual(await both(tx), found);
      });
    });
  }
});
