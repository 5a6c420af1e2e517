import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { listKeyDates } from "../support/written-rows.ts";

const publish = ({ queue, mpc }: TestService, noms: string) =>
  queue.publish(toPublication(handoverEvent(mpc.origin, noms)));

/** Makes Manage POM Cases keep its answer about a case back until it is let go. */
function holdAnswer({ mpc }: TestService, noms: string) {
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  mpc.answerWith(paths.handover(noms), { ...handoverAnswer("2031-07-01"), after: promise });
  return { asked: mpc.nextRequest(paths.handover(noms)), letGo };
}

describe("a service that is asked to stop", () => {
  it("finishes what is in work, and its message is gone from the queue", async () => {
    await using service = await startService();
    const { asked, letGo } = holdAnswer(service, "A1004AA");
    const key = await publish(service, "A1004AA");
    await asked;
    const stopped = service.stop();
    letGo();
    await stopped;
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.deepEqual(await listKeyDates(service.database, "A1004AA"), ["POM2 2031-07-01 0"]);
    assert.deepEqual(await service.queue.count(), { visible: 0, inFlight: 0, dead: 0 });
  });

  it("gives back at once what it holds and has not begun, and another instance settles it", async () => {
    await using service = await startService({ environment: { CONSUMER_ENABLED: "false", CONSUMER_CONCURRENCY: "1" } });
    const { asked, letGo } = holdAnswer(service, "A1004AA");
    service.mpc.answerWith(paths.handover("A1001AA"), handoverAnswer("2031-07-01"));
    service.mpc.answerWith(paths.handover("A1003AA"), handoverAnswer("2031-07-01"));
    const first = await publish(service, "A1004AA");
    // One of the same person, and one of another: the one slot is taken, so both have to wait.
    const waiting = [await publish(service, "A1001AA"), await publish(service, "A1003AA")];
    const stopping = await service.startAnother({ CONSUMER_ENABLED: "true" });
    await asked;
    const stopped = stopping[Symbol.asyncDispose]();
    letGo();
    await stopped;
    assert.deepEqual(await service.settled(first), ["KeyDateCreated"]);
    assert.deepEqual(await service.queue.count(), { visible: 2, inFlight: 0, dead: 0 });
    assert.equal(service.lines.filter(({ message }) => message === "attempt failed").length, 0);
    await service.startAnother({ CONSUMER_ENABLED: "true" });
    for (const key of waiting) assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
  });

  it("takes nothing more from the queue, and is gone in less than a second when idle", async () => {
    await using service = await startService();
    const began = performance.now();
    await service.stop();
    assert.ok(performance.now() - began < 1000);
    await publish(service, "A1004AA");
    assert.deepEqual(await service.queue.count(), { visible: 1, inFlight: 0, dead: 0 });
    assert.deepEqual(service.mpc.requests(), []);
  });
});
