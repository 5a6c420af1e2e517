import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { actionPageSchema as listed } from "../../src/operations/action/action.ts";
import { actionDetailsSchema } from "../../src/operations/action/action-result.ts";
import { redriveDeadLetters } from "../../src/operations/dead-letters/dead-letter-handler.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { neverAborted } from "../support/test-database.ts";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { nameOf, startQueues, type TestQueues } from "./queue-fixture.ts";
import { listRecorded, quarantine } from "./stored-rows.ts";

const event = {
  eventType: "offender-management.handover.changed",
  personReference: { identifiers: [{ type: "NOMS", value: "A1001AA" }] },
};
const notification = (messageId: string) =>
  JSON.stringify({ Type: "Notification", MessageId: messageId, Message: JSON.stringify(event) });
const text = (value: string) => ({ DataType: "String", StringValue: value });
const list = "GET /operations/dead-letters";
const redrive = "POST /operations/dead-letters/redrive";

describe("dead letters", () => {
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

  const listItems = async (action: number) => {
    const { body } = await operations.ask(`GET /operations/actions/${action}`);
    return actionDetailsSchema.parse(body).items.map(({ inboxKey, state, message = "" }) => {
      const isSaid = message !== "" && !message.includes("quarantined");
      return `${inboxKey} ${state}${isSaid ? `: ${message}` : ""}`;
    });
  };
  const dlq = () => nameOf(queues.server.deadLetterQueueUrl);
  const fail = (inboxKey: string, errorClass: string) =>
    operations.database.query(
      `insert into mpc_delius.attempt (inbox_key, event_type, failed_at, receives, dependency, error_class)
       values ($1, 'offender-management.handover.changed', '2026-04-02T10:30:00Z', 1, 'mpc', $2)`,
      [inboxKey, errorClass],
    );

  it("are shown with how often each failed and how it did last, and stay in sight", async () => {
    await queues.bury({ body: notification("failed") });
    await fail("failed", "HTTP 500");
    await fail("failed", "HTTP 502");
    await quarantine(operations.database, { inbox_key: "held" });
    await queues.bury({ body: "raw", attributes: { inboxKey: text("held#2") } });
    const { body } = await operations.ask(list);
    assert.deepEqual(body, {
      queue: dlq(),
      found: 2,
      deadLetters: [
        {
          inboxKey: "failed",
          eventType: "offender-management.handover.changed",
          nomsNumber: "A1001AA",
          attempts: 2,
          lastFailure: { failedAt: "2026-04-02T10:30:00+00:00", dependency: "mpc", errorClass: "HTTP 502" },
          isQuarantined: false,
        },
        { inboxKey: "held", attempts: 0, isQuarantined: true },
      ],
    });
    assert.deepEqual(await queues.server.count(), { visible: 0, inFlight: 0, dead: 2 });
    assert.deepEqual(await listRecorded(operations.database), []);
  });

  it("are redriven one by one with a reason, and the others stay", async () => {
    for (const key of ["a", "b", "c"]) await queues.bury({ body: notification(key) });
    await quarantine(operations.database, { inbox_key: "c" });
    const order = { inboxKeys: ["b", "c", "gone"], reason: "It answers again" };
    const { body } = await operations.ask(redrive, { body: order });
    const quarantined = "The message is quarantined: replay or discard it there";
    assert.deepEqual(body, {
      results: [
        { inboxKey: "b", result: "sent" },
        { inboxKey: "gone", result: "refused", message: "The message was not found on the dead-letter queue" },
        { inboxKey: "c", result: "refused", message: quarantined },
      ],
      action: 1,
    });
    const [moved] = await queues.receive(1);
    assert.equal(moved?.body, notification("b"));
    assert.equal((await queues.server.count()).dead, 2);
    const subject = { queue: dlq(), inboxKeys: ["b", "gone"], refused: [{ inboxKey: "c", message: quarantined }] };
    assert.deepEqual(await listRecorded(operations.database), [
      { actor: "A_PERSON", action: "retry-dlq", reason: "It answers again", subject },
    ]);
  });

  it("that are not moved are not done, by the record of the action", async () => {
    await queues.bury({ body: notification("b") });
    await quarantine(operations.database, { inbox_key: "c" });
    await operations.ask(redrive, { body: { inboxKeys: ["b", "c", "gone"], reason: "r" } });
    const gone = "The message was not found on the dead-letter queue";
    assert.deepEqual(await listItems(1), ["b sent", "c refused", `gone refused: ${gone}`]);
    const { body } = await operations.ask("GET /operations/actions");
    assert.deepEqual(
      listed.parse(body).actions.map(({ result }) => result),
      ["Under way: 0 of 1 settled, 2 not done"],
    );
  });

  it("that a redrive which breaks off leaves behind are not done either", async () => {
    const down = { ...queues.admin, redrive: () => Promise.reject(new DependencyError("queue", "ECONNREFUSED")) };
    const order = { inboxKeys: ["b"], actor: "A_PERSON", reason: "r" };
    const settings = { ...operations, reads: operations.store, database: operations.store, queueAdmin: down };
    await assert.rejects(redriveDeadLetters(settings, order, neverAborted()), DependencyError);
    assert.deepEqual(await listItems(1), ["b refused: The redrive broke off before this message"]);
  });

  it("that are all quarantined are left, and nothing is recorded", async () => {
    await quarantine(operations.database, { inbox_key: "c" });
    await queues.bury({ body: notification("c") });
    const { body } = await operations.ask(redrive, { body: { inboxKeys: ["c"], reason: "r" } });
    const message = "The message is quarantined: replay or discard it there";
    assert.deepEqual(body, { results: [{ inboxKey: "c", result: "refused", message }] });
    assert.equal((await queues.server.count()).dead, 1);
    assert.deepEqual(await listRecorded(operations.database), []);
  });

  it("are none where there is no such queue, and a redrive says so", async () => {
    await queues.server.removeDeadLetterQueue();
    assert.deepEqual((await operations.ask(list)).body, { found: 0, deadLetters: [] });
    assert.equal((await operations.ask(redrive, { body: { inboxKeys: ["a"], reason: "r" } })).status, 404);
    assert.equal((await operations.ask(redrive, { body: { inboxKeys: [], reason: "r" } })).status, 400);
  });
});
