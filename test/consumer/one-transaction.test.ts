import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import { takeSnapshot } from "../support/delius-rows.ts";
import { startService } from "../support/service.ts";
import { untilSomebodyWaits } from "../support/blocked-session.ts";
import type { TestDatabase } from "../support/test-database.ts";

const [manager] = managers;

/** Makes the database refuse rows of a table, until it is told to take them. */
async function refuseRows(database: TestDatabase, table: string) {
  await database.query(`create function refuse() returns trigger language plpgsql as $$ begin
    raise 'refused' using errcode = 'internal_error';
  end $$`);
  await database.query(`create trigger refuse before insert on ${table} for each row execute function refuse()`);
  return { take: () => database.query(`drop trigger refuse on ${table}`) };
}

describe("an allocation that fails at its last row (P4)", () => {
  for (const table of ["contact", "mpc_delius.journal"]) {
    it(`in ${table} leaves nothing behind, no officer either, unlike in the original, and is whole afterwards`, async () => {
      assert.ok(manager);
      await using service = await startService({ maxReceiveCount: 1000 });
      const refusal = await refuseRows(service.database, table);
      const { "mpc_delius.attempt": none, ...before } = await takeSnapshot(service.database);
      const [event] = await service.mpc.act("A1002AA", { kind: "allocate", manager, prison: "LEI" });
      assert.ok(event);
      await service.line("attempt failed", event.messageId);
      const { "mpc_delius.attempt": attempts, ...now } = await takeSnapshot(service.database);
      assert.deepEqual(now, before);
      assert.deepEqual(none, {});
      assert.ok(attempts);
      await refusal.take();
      assert.deepEqual(await service.settled(event.messageId), ["PomAllocated"]);
      const rows = await service.database.query("select rtrim(officer_code) as code from staff where surname = $1", [
        manager.surname,
      ]);
      assert.deepEqual(rows, [{ code: "N03B001" }]);
    });
  }
});

describe("a row that another hand changes between our read and our write", () => {
  it("makes the decision be taken again on what it is now", async () => {
    await using service = await startService();
    // The other hand holds the key date, so our write has to wait for it and finds it changed.
    await using other = await service.database.hold(
      `update key_date set key_date = '2031-01-01', row_version = row_version + 1
       where custody_id = 20 and key_date_type_id = (
         select standard_reference_list_id from r_standard_reference_list where code_value = 'POM2')`,
    );
    const action = { kind: "setHandover", handoverDate: "2031-07-01", handoverStartDate: "2026-08-03" } as const;
    const [event] = await service.mpc.act("A1002AA", action);
    assert.ok(event);
    await untilSomebodyWaits(service.database);
    await other.commit();
    assert.deepEqual(await service.settled(event.messageId), ["KeyDateUpdated"]);
    const [row] = await service.journal(event.messageId);
    assert.deepEqual(row?.["reasons"], [
      "The handover date (POM2) changes from 2031-01-01 to 2031-07-01.",
      "The handover start date (POM1) already is 2026-08-03.",
    ]);
  });
});
