import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { RequestListener } from "node:http";
import { json as readJson } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { region, startQueueServer, type QueueServer } from "../../sandbox/queue-server.ts";
import { openQueue, type Queue } from "../../src/platform/queue/queue.ts";
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

  async function receiveOne() {
    const [message, ...others] = await queue.receive(10, running);
    assert.ok(message);
    assert.deepEqual(others, []);
    return message;
  }

  it("hands out body, attributes and the count of receives", async () => {
    const messageId = await server.send("a body, ✓", { eventType: "some.type", inboxKey: "key#1" });
    const { receiptHandle, ...message } = await receiveOne();
    assert.notEqual(receiptHandle, "");
    const attributes = { eventType: "some.type", inboxKey: "key#1" };
    assert.deepEqual(message, { messageId, body: "a body, ✓", attributes, receives: 1 });
  });

  it("counts without its dead-letter queue where that is gone, and says which queue is amiss", async () => {
    await server.send("body");
    await server.removeDeadLetterQueue();
    const missing = { name: "manage-pom-cases-and-delius-dlq", error: "QueueDoesNotExist" };
    const name = "manage-pom-cases-and-delius";
    assert.deepEqual(await queue.count(), { name, waiting: 1, inFlight: 0, dead: null, deadLetterQueue: missing });
    assert.equal((await receiveOne()).body, "body");
  });

  it("hands out at most 10 at a time, and hides them", async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => server.send(`body ${index}`)));
    assert.equal((await queue.receive(10, running)).length, 10);
    assert.equal((await queue.receive(10, running)).length, 2);
    assert.deepEqual(await server.count(), { visible: 0, inFlight: 12, dead: 0 });
  });

  it("hands out no more than are asked for", async () => {
    await Promise.all(["a", "b", "c"].map((body) => server.send(body)));
    assert.equal((await queue.receive(2, running)).length, 2);
    assert.deepEqual(await server.count(), { visible: 1, inFlight: 2, dead: 0 });
  });

  it("hands a message out again when it is no longer hidden, and counts", async () => {
    await server.send("body");
    const first = await receiveOne();
    await queue.hide(first.receiptHandle, 0);
    const second = await receiveOne();
    assert.deepEqual([first.receives, second.receives], [1, 2]);
    assert.equal(second.messageId, first.messageId);
  });

  it("hides messages together, and fails for the one that the queue refuses alone", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => server.send(`body ${index}`)));
    const handles = (await queue.receive(10, running)).map(({ receiptHandle }) => receiptHandle);
    const refused = assert.rejects(queue.hide("made up", 0), {
      name: "DependencyError",
      dependency: "queue",
      errorClass: "ReceiptHandleIsInvalid",
    });
    await Promise.all([...handles.map((handle) => queue.hide(handle, 0)), refused]);
    assert.deepEqual(await server.count(), { visible: 10, inFlight: 0, dead: 0 });
  });

  it("sends a message to the dead-letter queue after its last receive", async () => {
    await server.send("poison");
    for (const receives of [1, 2]) {
      const message = await receiveOne();
      assert.equal(message.receives, receives);
      await queue.hide(message.receiptHandle, 0);
    }
    await server.send("good");
    assert.equal((await receiveOne()).body, "good");
    const counts = { name: "manage-pom-cases-and-delius", waiting: 0, inFlight: 1, dead: 1 };
    assert.deepEqual(await queue.count(), counts);
  });

  it("says after how many receives a message is dead", async () => {
    assert.equal(await queue.maxReceives(), 2);
  });

  it("deletes messages together, and they do not come back", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => server.send(`body ${index}`)));
    const messages = await queue.receive(10, running);
    assert.deepEqual(await queue.remove(messages.map(({ receiptHandle }) => receiptHandle)), []);
    assert.deepEqual(await server.count(), { visible: 0, inFlight: 0, dead: 0 });
  });

  it("that does not exist is a failure of the queue", async () => {
    const settings = { url: `${server.queueUrl}-other`, deadLetterUrl: undefined, region, endpoint: server.endpoint };
    using other = openQueue(settings);
    const failure = { name: "DependencyError", dependency: "queue", errorClass: "QueueDoesNotExist" };
    await assert.rejects(other.receive(10, running), failure);
    await server.send("body");
    const { receiptHandle: handle } = await receiveOne();
    await assert.rejects(other.remove([handle]), failure);
    await assert.rejects(other.hide(handle, 1), failure);
    await assert.rejects(other.count(), failure);
    await queue.remove([handle]);
  });
});

describe("the client of the queue", () => {
  const json =
    (body: object): RequestListener =>
    (_request, response) =>
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
  const open = (endpoint: string) =>
    openQueue({ url: `${endpoint}/1/queue`, deadLetterUrl: undefined, region, endpoint });

  it("answers nothing when it is asked to stop during a long poll, and hangs up", async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    await using silent = await startOtherServer((request) => {
      request.socket.once("close", closed.resolve);
      stop.abort();
    });
    using queue = open(silent.origin);
    assert.deepEqual(await queue.receive(10, stop.signal), []);
    await closed.promise;
  });

  it("hides ten messages by one call, each for its own time", async () => {
    const asked: Promise<unknown>[] = [];
    await using server = await startOtherServer((request, response) => {
      asked.push(readJson(request));
      json({ Successful: [] })(request, response);
    });
    using queue = open(server.origin);
    await Promise.all(Array.from({ length: 10 }, (_, seconds) => queue.hide(`handle ${seconds}`, seconds)));
    const entries = Array.from({ length: 10 }, (_, seconds) => {
      return { Id: String(seconds), ReceiptHandle: `handle ${seconds}`, VisibilityTimeout: seconds };
    });
    assert.deepEqual(await Promise.all(asked), [{ QueueUrl: `${server.origin}/1/queue`, Entries: entries }]);
  });

  it("asks by long polling, for attributes and counts, and hides what it is given for a minute", async () => {
    const asked = Promise.withResolvers<unknown>();
    await using server = await startOtherServer((request, response) => {
      json({})(request, response);
      asked.resolve(readJson(request));
    });
    using queue = open(server.origin);
    assert.deepEqual(await queue.receive(7, running), []);
    assert.deepEqual(await asked.promise, {
      QueueUrl: `${server.origin}/1/queue`,
      MaxNumberOfMessages: 7,
      WaitTimeSeconds: 20,
      VisibilityTimeout: 60,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    });
  });

  it("asks no one when it is asked to stop beforehand", async () => {
    await using server = await startOtherServer(json({}));
    using queue = open(server.origin);
    assert.deepEqual(await queue.receive(10, AbortSignal.abort()), []);
    assert.deepEqual(server.requests, []);
  });

  it("bears messages that lack things, and attributes that are no text", async () => {
    const body = "body";
    const md5 = createHash("md5").update(body).digest("hex");
    const message = { MessageId: "1", ReceiptHandle: "handle", Body: body, MD5OfBody: md5 };
    const binary = { trace: { DataType: "Binary", BinaryValue: "AAEC" } };
    const given = [message, { ...message, MessageAttributes: binary }, { ...message, ReceiptHandle: undefined }];
    await using server = await startOtherServer(json({ Messages: given }));
    using queue = open(server.origin);
    const read = { messageId: "1", receiptHandle: "handle", body, attributes: {}, receives: 1 };
    assert.deepEqual(await queue.receive(10, running), [read, read]);
  });

  it("says which messages the queue could not delete", async () => {
    const failed = [{ Id: "1", SenderFault: false, Code: "InternalError" }];
    await using server = await startOtherServer(json({ Successful: [{ Id: "0" }, { Id: "2" }], Failed: failed }));
    using queue = open(server.origin);
    assert.deepEqual(await queue.remove(["a", "b", "c"]), ["b"]);
  });

  it("says that the queue failed when its answer is not UTF-8", async () => {
    const latin1 = Buffer.from('{"Messages":[{"MessageId":"1","ReceiptHandle":"2","Body":"\u00FA"}]}', "latin1");
    await using server = await startOtherServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(latin1);
    });
    using queue = open(server.origin);
    await assert.rejects(queue.receive(10, running), { name: "DependencyError", dependency: "queue" });
  });

  it("says that the queue failed while no one listens", async () => {
    const gone = await startOtherServer();
    await gone[Symbol.asyncDispose]();
    using queue = open(gone.origin);
    await assert.rejects(queue.receive(10, running), { dependency: "queue", errorClass: "ECONNREFUSED" });
  });
});
