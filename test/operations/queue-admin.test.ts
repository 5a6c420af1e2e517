import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { region } from "../../sandbox/queue-server.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { openQueueAdmin } from "../../src/platform/queue/queue-admin.ts";
import { neverAborted } from "../support/test-database.ts";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { nameOf, startQueues, type TestQueues } from "./queue-fixture.ts";
import { listRecorded, quarantine } from "./stored-rows.ts";

const notification = (messageId: string) =>
  JSON.stringify({ Type: "Notification", MessageId: messageId, Message: "{}" });
const text = (value: string) => ({ DataType: "String", StringValue: value });

describe("queue administration", () => {
  let queues: TestQueues;
  let operations: Operations;
  beforeEach(async () => {
    queues = await startQueues();
    operations = await startOperations({ queueAdmin: queues.admin });
  });
  afterEach(async () => {
    await operations[Symbol.asyncDispose]();
    await queues[Symbol.asyncDispose]();
  });

  const dlq = () => nameOf(queues.server.deadLetterQueueUrl);
  const recorded = async () =>
    (await listRecorded(operations.database)).map(({ actor, action, reason, subject }) => [
      actor,
      action,
      reason,
      subject,
    ]);

  it("moves what is dead back to the queue with all its attributes", async () => {
    const attributes = {
      eventType: text("type"),
      count: { DataType: "Number.int", StringValue: "7" },
      bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 1]) },
      ...Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`other${index}`, text("ä")])),
    };
    await queues.bury({ body: notification("a"), attributes });
    await queues.bury({ body: "<no JSON>" });
    const { status, body } = await operations.ask(`PUT /queue-admin/retry-dlq/${dlq()}`);
    assert.deepEqual([status, body], [200, { messagesFoundCount: 2 }]);
    assert.deepEqual(await queues.server.count(), { visible: 2, inFlight: 0, dead: 0 });
    const moved = await queues.admin.peek({ name: "queue", url: queues.server.queueUrl }, 10);
    assert.deepEqual(new Set(moved.map((message) => message.body)), new Set(["<no JSON>", notification("a")]));
    const raw = await queues.rawAttributes();
    assert.deepEqual(
      raw.find((found) => Object.keys(found).length > 0),
      attributes,
    );
    assert.deepEqual(await recorded(), [["A_PERSON", "retry-dlq", null, { queue: dlq(), messagesFoundCount: 2 }]]);
  });

  it("leaves what is quarantined where it is, and in sight", async () => {
    const { database } = operations;
    for (const state of ["held", "replaying", "discarded", "settled"]) {
      await quarantine(database, { inbox_key: state, state });
      await queues.bury({ body: notification(state) });
    }
    await queues.bury({ body: "raw", attributes: { inboxKey: text("held#2") } });
    await queues.bury({ body: notification("free") });
    const { body } = await operations.ask("PUT /queue-admin/retry-all-dlqs");
    assert.deepEqual(body, [{ messagesFoundCount: 6 }]);
    assert.deepEqual(await queues.server.count(), { visible: 2, inFlight: 0, dead: 4 });
    const moved = await queues.receive(2);
    assert.deepEqual(
      moved.map((message) => message.body),
      [notification("free"), notification("settled")],
    );
    assert.deepEqual(await recorded(), [["A_PERSON", "retry-all-dlqs", null, { queue: dlq(), messagesFoundCount: 6 }]]);
  });

  it("moves more than one receive brings", async () => {
    await Promise.all(Array.from({ length: 35 }, (_, index) => queues.bury({ body: `body ${index}` })));
    const { body } = await operations.ask(`PUT /queue-admin/retry-dlq/${dlq()}`);
    assert.deepEqual(body, { messagesFoundCount: 35 });
    assert.deepEqual(await queues.server.count(), { visible: 35, inFlight: 0, dead: 0 });
  });

  it("says nothing was found where nothing is dead", async () => {
    assert.deepEqual((await operations.ask(`PUT /queue-admin/retry-dlq/${dlq()}`)).body, { messagesFoundCount: 0 });
    assert.deepEqual((await operations.ask(`GET /queue-admin/get-dlq-messages/${dlq()}`)).body, {
      messagesFoundCount: 0,
      messagesReturnedCount: 0,
      messages: [],
    });
  });

  it("shows the numbers of what is dead as they were sent", async () => {
    const sent = '{"sourceId":2500974056123456789,"v":1.0,"offenderId":9007199254740993,"e":[-0,1e400]}';
    const messageId = await queues.bury({ body: sent });
    const alone = await queues.bury({ body: "2500974056123456789" });
    const { text: shown } = await operations.ask(`GET /queue-admin/get-dlq-messages/${dlq()}`);
    assert.ok(shown.includes(`{"messageId":"${messageId}","body":${sent}}`), shown);
    assert.ok(shown.includes(`{"messageId":"${alone}","body":"2500974056123456789"}`), shown);
  });

  it("shows the text of what is dead where it is nested too deeply to be parsed", async () => {
    const sent = `{"lists":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    const messageId = await queues.bury({ body: sent });
    const { text: shown } = await operations.ask(`GET /queue-admin/get-dlq-messages/${dlq()}`);
    assert.ok(shown.includes(`{"messageId":"${messageId}","body":${JSON.stringify(sent)}}`));
  });

  it("does not know a dead-letter queue that is gone, and goes on with the queue itself", async () => {
    await queues.server.removeDeadLetterQueue();
    const { status, body } = await operations.ask(`GET /queue-admin/get-dlq-messages/${dlq()}`);
    const message = `Queue ${dlq()} not found`;
    assert.deepEqual([status, body], [404, { status, message, userMessage: message, developerMessage: message }]);
    const purged = await operations.ask("PUT /queue-admin/purge-queue/manage-pom-cases-and-delius");
    assert.deepEqual(purged.body, { messagesFoundCount: 0 });
  });

  it("shows what is dead, so many of it, and leaves it in sight", async () => {
    const ids = [];
    for (const body of ['{"a":{"b":[1]}}', "<b>no JSON</b>", "null"]) ids.push(await queues.bury({ body }));
    const [first, second, third] = ids;
    const { body } = await operations.ask(`GET /queue-admin/get-dlq-messages/${dlq()}`);
    assert.deepEqual(body, {
      messagesFoundCount: 3,
      messagesReturnedCount: 3,
      messages: [
        { messageId: first, body: { a: { b: [1] } } },
        { messageId: second, body: "<b>no JSON</b>" },
        { messageId: third, body: "null" },
      ],
    });
    const some = await operations.ask(`GET /queue-admin/get-dlq-messages/${dlq()}?maxMessages=2`);
    assert.match(some.text, /"messagesFoundCount":3,"messagesReturnedCount":2/);
    assert.equal((await queues.server.count()).dead, 3);
    assert.deepEqual((await recorded())[0], [
      "A_PERSON",
      "get-dlq-messages",
      null,
      { queue: dlq(), messagesFoundCount: 3 },
    ]);
  });

  it("empties the queue or the dead-letter queue, and says what was in it", async () => {
    await queues.server.send("one");
    await queues.bury({ body: "two" });
    await queues.bury({ body: "three" });
    const main = nameOf(queues.server.queueUrl);
    assert.deepEqual((await operations.ask(`PUT /queue-admin/purge-queue/${main}`)).body, { messagesFoundCount: 1 });
    assert.deepEqual(await queues.server.count(), { visible: 0, inFlight: 0, dead: 2 });
    assert.deepEqual((await operations.ask(`PUT /queue-admin/purge-queue/${dlq()}`)).body, { messagesFoundCount: 2 });
    assert.deepEqual(await queues.server.count(), { visible: 0, inFlight: 0, dead: 0 });
    assert.deepEqual(await recorded(), [
      ["A_PERSON", "purge-queue", null, { queue: main, messagesFoundCount: 1 }],
      ["A_PERSON", "purge-queue", null, { queue: dlq(), messagesFoundCount: 2 }],
    ]);
  });

  it("knows no other queue: 404, and nothing is done or recorded", async () => {
    await queues.bury({ body: "dead" });
    const main = nameOf(queues.server.queueUrl);
    for (const request of [
      `PUT /queue-admin/retry-dlq/${main}`,
      "PUT /queue-admin/retry-dlq/other",
      "PUT /queue-admin/purge-queue/other",
      `GET /queue-admin/get-dlq-messages/${main}`,
    ]) {
      const { status, body } = await operations.ask(request);
      const message = `Queue ${request.slice(request.lastIndexOf("/") + 1)} not found`;
      assert.deepEqual([status, body], [404, { status, message, userMessage: message, developerMessage: message }]);
    }
    assert.deepEqual(await queues.server.count(), { visible: 0, inFlight: 0, dead: 1 });
    assert.deepEqual(await recorded(), []);
  });

  for (const maxMessages of ["0", "501", "x"]) {
    it(`does not show ${maxMessages} messages`, async () => {
      const { status } = await operations.ask(`GET /queue-admin/get-dlq-messages/${dlq()}?maxMessages=${maxMessages}`);
      assert.equal(status, 400);
    });
  }

  it("does nothing that cannot be recorded", async () => {
    await queues.bury({ body: "dead" });
    await operations.database.query("alter table mpc_delius.operator_action rename to elsewhere");
    for (const request of [`PUT /queue-admin/retry-dlq/${dlq()}`, `PUT /queue-admin/purge-queue/${dlq()}`]) {
      assert.equal((await operations.ask(request)).status, 503);
    }
    assert.deepEqual(await queues.server.count(), { visible: 0, inFlight: 0, dead: 1 });
  });

  it("logs how many, and nothing of what", async () => {
    await queues.bury({ body: "secret" });
    await operations.ask(`PUT /queue-admin/retry-dlq/${dlq()}`);
    assert.deepEqual(operations.lines, [JSON.stringify({ message: "dead letters redriven", found: 1, moved: 1 })]);
  });
});

describe("a redrive that breaks off", () => {
  let queues: TestQueues;
  before(async () => {
    queues = await startQueues();
  });
  after(() => queues[Symbol.asyncDispose]());

  const bodies = (count: number) => Array.from({ length: count }, (_, index) => ({ body: `body ${index}` }));

  it("loses nothing: what was not moved is still dead", async () => {
    const { dead } = await queues.admin.findQueues();
    assert.ok(dead);
    await Promise.all(bodies(15).map((message) => queues.bury(message)));
    let looks = 0;
    const breakOff = () => {
      looks += 1;
      if (looks < 2) return Promise.resolve(new Set<string>());
      return Promise.reject(new DependencyError("database", "57P01"));
    };
    await assert.rejects(queues.admin.redrive(dead, breakOff, neverAborted()), { dependency: "database" });
    const { visible, inFlight, dead: inSight } = await queues.server.count();
    assert.deepEqual([visible, inFlight, inSight], [10, 0, 0]);
    // The five at hand come back to sight when their time is up.
    assert.equal(await queues.hiddenDead(), 5);
    await queues.admin.purge(dead);
  });

  it("deletes nothing that it could not send", async () => {
    const { dead } = await queues.admin.findQueues();
    assert.ok(dead);
    const { queueUrl, endpoint } = queues.server;
    using admin = openQueueAdmin({ url: `${queueUrl}-gone`, deadLetterUrl: dead.url, region, endpoint });
    await Promise.all(bodies(3).map((message) => queues.bury(message)));
    const redrive = admin.redrive(dead, () => Promise.resolve(new Set()), neverAborted());
    await assert.rejects(redrive, { dependency: "queue" });
    assert.equal(await queues.hiddenDead(), 3);
  });

  it("stops when it is asked to, between two receives", async () => {
    const { dead } = await queues.admin.findQueues();
    assert.ok(dead);
    await queues.bury({ body: "dead" });
    const stopping = new AbortController();
    stopping.abort();
    assert.deepEqual(await queues.admin.redrive(dead, () => Promise.resolve(new Set()), stopping.signal), { moved: 0 });
  });
});

describe("a queue that cannot be reached", () => {
  it("is a dependency that is down, for every call", async () => {
    const endpoint = "http://127.0.0.1:9";
    using admin = openQueueAdmin({
      url: `${endpoint}/1/q`,
      deadLetterUrl: `${endpoint}/1/dlq`,
      region: "eu-west-2",
      endpoint,
    });
    const { queue, dead } = await admin.findQueues();
    assert.deepEqual([queue.name, dead?.name], ["q", "dlq"]);
    const down = { name: "DependencyError", dependency: "queue" };
    await assert.rejects(admin.count(queue), down);
    await assert.rejects(admin.purge(queue), down);
    await assert.rejects(admin.peek(queue, 1), down);
    await assert.rejects(admin.send({ body: "b", attributes: {} }), down);
    await assert.rejects(
      admin.redrive(queue, () => Promise.resolve(new Set()), neverAborted()),
      down,
    );
  });
});
