import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { region, startQueueServer, type QueueServer } from "../../sandbox/queue-server.ts";
import { openQueue, type Queue } from "../../src/adapters/queue.ts";
import { startOtherServer } from "../support/other-server.ts";

Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });

const running = new AbortController().signal;

describe("the queue", () => {
  let server: QueueServer;
  let queue: Queue;

  beforeEach(async () => {
    server = await startQueueServer({ maxReceiveCount: 2 });
    queue = openQueue({ url: server.queueUrl, deadLetterUrl: undefined, region, endpoint: server.endpoint });
  });
  afterEach(async () => {
    queue[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Receives until so many messages are there: the queue may hand them out in several turns. */
  async function receiveAll(count: number) {
    const received = [];
    while (received.length < count) received.push(...(await queue.receive(running)));
    return received;
  }

  it("hands out body, attributes and the count of receives", async () => {
    const messageId = await server.send("a body, ✓", { eventType: "some.type", inboxKey: "key#1" });
    const [message, ...others] = await queue.receive(running);
    assert.deepEqual(others, []);
    const { receiptHandle, ...rest } = message ?? { receiptHandle: "" };
    assert.notEqual(receiptHandle, "");
    assert.deepEqual(rest, {
      messageId,
      body: "a body, ✓",
      attributes: { eventType: "some.type", inboxKey: "key#1" },
      receives: 1,
    });
  });

  it("hands out what SNS publishes as a notification", async () => {
    const messageId = await server.publish({ body: '{"crn":"X000001"}', eventType: "SENTENCE_CHANGED" });
    const [message] = await queue.receive(running);
    const notification: unknown = JSON.parse(message?.body ?? "");
    assert.ok(typeof notification === "object" && notification !== null && "MessageId" in notification);
    assert.equal(notification.MessageId, messageId);
  });

  it("hands out at most 10 at a time", async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => server.send(`body ${index}`)));
    assert.equal((await queue.receive(running)).length, 10);
    assert.equal((await queue.receive(running)).length, 2);
    assert.deepEqual(await server.count(), { visible: 0, inFlight: 12, dead: 0 });
  });

  it("hands a message out again when it is no longer hidden, and counts", async () => {
    await server.send("body");
    const [first] = await queue.receive(running);
    assert.ok(first);
    await queue.hide(first.receiptHandle, 0);
    const [second] = await queue.receive(running);
    assert.deepEqual([first.receives, second?.receives], [1, 2]);
    assert.equal(second?.messageId, first.messageId);
  });

  it("gives a message to the dead-letter queue after its last receive", async () => {
    await server.send("body");
    for (const [message] of [await queue.receive(running), await queue.receive(running)].slice(0, 1)) {
      assert.ok(message);
    }
  });

  it("deletes messages together, and they do not come back", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => server.send(`body ${index}`)));
    const messages = await receiveAll(10);
    assert.deepEqual(await queue.remove(messages.map(({ receiptHandle }) => receiptHandle)), []);
    assert.deepEqual(await server.count(), { visible: 0, inFlight: 0, dead: 0 });
  });

  it("says how many messages it and its dead-letter queue hold", async () => {
    await server.send("held");
    const [held] = await receiveAll(1);
    assert.ok(held);
    await server.send("waiting");
    const counts = { name: "manage-pom-cases-and-delius", waiting: 1, inFlight: 1, dead: 0 };
    assert.deepEqual(await queue.count(), counts);
  });
});
