import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { refreshEventType, subscribedEventTypes } from "../../src/sync/events/event-table.ts";
import { handoverEvent } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { countRows } from "../support/written-rows.ts";

describe("the subscription of our queue to the topic", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service[Symbol.asyncDispose]());

  const publish = (eventType: string) => {
    const event = { ...handoverEvent(service.mpc.origin, "A1002AA", { eventType }), crn: "X100002" };
    return service.queue.publish({ body: JSON.stringify(event), eventType });
  };

  it("keeps out what is not for us, and our own refresh, which no one may publish", async () => {
    const others = ["prison-offender-events.prisoner.released", "probation-case.engagement.created", refreshEventType];
    await Promise.all(others.map(publish));
    await service.queue.publish({ body: JSON.stringify({ eventType: "offender-management.handover.changed" }) });
    // The topic keeps the order: once this one is settled, those before it would be here.
    await service.settled(await publish("offender-management.handover.changed"));
    assert.equal(await countRows(service.database, "mpc_delius.inbox"), 1);
    assert.equal(service.lines.filter(({ message }) => message === "message settled").length, 1);
  });

  for (const eventType of subscribedEventTypes) {
    it(`lets ${eventType} through`, async () => {
      const outcomes = await service.settled(await publish(eventType));
      assert.ok(outcomes.length > 0);
      assert.ok(!outcomes.includes("UnhandledEventType"));
    });
  }

  it("leaves nothing in the queue", async () => {
    await service.stop();
    assert.deepEqual(await service.queue.count(), { visible: 0, inFlight: 0, dead: 0 });
  });
});
