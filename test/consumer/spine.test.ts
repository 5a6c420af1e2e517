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
    const [event] = await service.mpc.act("A1004AA", { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null });
    assert.ok(event);
    assert.deepEqual(await service.settled(event.messageId), ["KeyDateCreated"]);
    console.log(await service.database.query("select * from key_date where custody_id = 40"));
  });
  it("becomes a pom", async () => {
    const [, manager] = managers;
    const [event] = await service.mpc.act("A1001AA", { kind: "allocate", manager: manager!, prison: "LEI" });
    assert.ok(event);
    assert.deepEqual(await service.settled(event.messageId), ["PomAllocated"]);
    const [event2] = await service.mpc.act("A1002AA", { kind: "allocate", manager: managers[0]!, prison: "MDI" });
    assert.deepEqual(await service.settled(event2!.messageId), ["PomAllocated"]);
    console.log(await service.database.query("select * from prison_offender_manager"), await service.database.query("select * from contact"));
    console.log(JSON.stringify(await service.database.query("select * from mpc_delius.journal"),null,1));
  });
});
