import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { listDeliusCases } from "../../sandbox/delius-case-store.ts";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { createTestDatabase, openStore, rehearse, type TestDatabase } from "../support/test-database.ts";

const now = Date.parse("2026-07-01T12:00:00Z");

describe("a case on the sandbox's page", () => {
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

  const list = (executor: Executor) => listDeliusCases(executor, { noms: ["A1002AA"], crns: [], now });
  const seeded = {
    crn: "X100002",
    noms: "A1002AA",
    isDeleted: false,
    poms: [{ name: "Ruth Adeyemi", place: "Leeds Prison", isPlanned: false }],
    responsible: { name: "Ruth Adeyemi", role: "POM" },
    sentences: [{ start: "2026-08-03", handover: "2026-09-01" }],
  };

  it("shows its POMs, its responsible officer and its dates", async () => {
    assert.deepEqual(await list(store), [seeded]);
  });

  it("calls a POM planned who begins later in London's time", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(
        "update prison_offender_manager set allocation_date = '2026-07-01 13:00:01' where offender_id = 2",
      );
      assert.equal((await list(tx))[0]?.poms[0]?.isPlanned, true);
      await tx.script(
        "update prison_offender_manager set allocation_date = '2026-07-01 13:00:00' where offender_id = 2",
      );
      assert.equal((await list(tx))[0]?.poms[0]?.isPlanned, false);
    });
  });

  it("shows the oldest of two live dates, none of a training session and no person of one", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(`
        insert into key_date
        select (jsonb_populate_record(null::key_date, to_jsonb(original) || twin)).*
        from key_date original, (values
          ('{"key_date_id": 9001, "key_date": "2027-01-01", "created_datetime": "2026-06-01T00:00:00"}'::jsonb),
          ('{"key_date_id": 9002, "key_date": "2027-01-02", "created_datetime": "2020-01-01T00:00:00", "training_session_id": 1}')
        ) twins (twin)
        where key_date_id = 20;
        insert into offender (offender_id, crn, noms_number, soft_deleted, partition_area_id, training_session_id)
        values (9001, 'X100002', 'A1002AA', 0, 0, 1)`);
      assert.deepEqual(await list(tx), [seeded]);
    });
  });

  it("is led by someone whom Delius does not name where the COM is of another body", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(`
        update responsible_officer set prison_offender_manager_id = null, offender_manager_id = com.offender_manager_id
        from offender_manager com where com.offender_id = 2 and responsible_officer.offender_id = 2;
        update offender_manager set allocation_staff_id = null, team_id = null where offender_id = 2`);
      assert.deepEqual((await list(tx))[0]?.responsible, { name: "someone outside Delius", role: "COM" });
    });
  });
});
