import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import type { Action } from "../../sandbox/mpc/prisoner.ts";
import { startService, type TestService } from "../support/service.ts";

const [first, second] = managers;

describe("reference data that changes while the service runs", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service[Symbol.asyncDispose]());

  const send = async (noms: string, action: Action) => {
    const [event] = await service.mpc.act(noms, action);
    assert.ok(event);
    return event.messageId;
  };
  const perform = async (noms: string, action: Action) => service.settled(await send(noms, action));
  const allocate = (manager: typeof first): Action => {
    assert.ok(manager);
    return { kind: "allocate", manager, prison: "LEI" };
  };
  const rename = (from: string, to: string) =>
    service.database.query("update r_contact_type set code = $2 where code = $1", [from, to]);

  it("quarantines on the first receive what needs a code that went away, and delays nothing else", async () => {
    assert.deepEqual(await perform("A1001AA", allocate(first)), ["PomAllocated"]);
    await rename("ROC", "GONE");
    const key = await send("A1001AA", allocate(second));
    assert.deepEqual(await service.settled(key), ["ReferenceDataMissing"]);
    const dates = { kind: "setHandover", handoverDate: "2027-01-01", handoverStartDate: null } as const;
    assert.deepEqual(await perform("A1004AA", dates), ["KeyDateCreated"]);
    assert.deepEqual(await service.database.query("select from mpc_delius.attempt"), []);
    const [held] = await service.database.query("select error from mpc_delius.quarantine where inbox_key = $1", [key]);
    assert.deepEqual(held, { error: "Delius lacks the code values contact type ROC." });
    await rename("GONE", "ROC");
  });

  it("shows a changed description in the next contact", async () => {
    await service.database.query(
      "update r_standard_reference_list set code_description = 'Moved inside' where code_value = 'INA'",
    );
    assert.deepEqual(await perform("A1001AA", allocate(second)), ["PomAllocated"]);
    const [contact] = await service.database.query("select notes from contact order by contact_id desc limit 1");
    assert.match(String(contact?.["notes"]), /Moved inside/);
  });

  it("writes as the service's user of this moment", async () => {
    const name = "ManagePomCasesAndDelius";
    await service.database.query("update user_ set distinguished_name = 'Former' where distinguished_name = $1", [
      name,
    ]);
    await service.database.query("insert into user_ (user_id, distinguished_name) values (99001, $1)", [name]);
    const dates = { kind: "setHandover", handoverDate: "2027-02-02", handoverStartDate: null } as const;
    assert.deepEqual(await perform("A1004AA", dates), ["KeyDateUpdated"]);
    const [date] = await service.database.query(
      "select last_updated_user_id::int as by from key_date where key_date = '2027-02-02'",
    );
    assert.deepEqual(date, { by: 99001 });
  });
});
