import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import { startService, type TestService } from "../support/service.ts";

describe("an event on the topic", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service[Symbol.asyncDispose]());

  it("becomes handover dates", async () => {
    const action = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
    const [event] = await service.mpc.act("A1004AA", action);
    assert.ok(event);
    assert.deepEqual(await service.settled(event.messageId), ["KeyDateCreated"]);
    const rows = await service.database.query("select key_date, soft_deleted from key_date where custody_id = 40");
    assert.equal(rows.length, 1);
  });

  it("becomes a prison offender manager", async () => {
    const [manager] = managers;
    assert.ok(manager);
    const [event] = await service.mpc.act("A1001AA", { kind: "allocate", manager, prison: "LEI" });
    assert.ok(event);
    assert.deepEqual(await service.settled(event.messageId), ["PomAllocated"]);
  });
});
