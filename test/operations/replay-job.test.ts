import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Executor } from "../../src/platform/database/database.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { carryOutOrder } from "../../src/operations/quarantine/quarantine-handler.ts";
import { createReplayJob, sendDueReplays, type ReplayJobSettings } from "../../src/operations/quarantine/replay-job.ts";
import { claimDueReplays } from "../../src/operations/quarantine/replay-store.ts";
import type { ReplayMessage } from "../../src/operations/quarantine/replay.ts";
import { neverAborted } from "../support/test-database.ts";
import { captureLines, startOperations, type Operations } from "./operations-fixture.ts";
import { startQueues } from "./queue-fixture.ts";
import { quarantine } from "./stored-rows.ts";

const times = { pollMs: 20, leaseMs: 60_000, resendAfterMs: 600_000 };

describe("replays that operators ordered", () => {
  let operations: Operations;
  beforeEach(async () => {
    operations = await startOperations();
  });
  afterEach(() => operations[Symbol.asyncDispose]());

  const order = (...inboxKeys: readonly string[]) =>
    carryOutOrder(
      operations.store,
      { name: "replay", chosen: { inboxKeys }, actor: "A_PERSON", reason: "repaired" },
      neverAborted(),
    );
  const states = async () => {
    const rows = await operations.database.query(
      "select inbox_key, state, sent_at is not null as sent, error from mpc_delius.quarantine order by quarantine_id",
    );
    return rows.map(
      ({ inbox_key: key, state, sent }) => `${String(key)} ${String(state)}${sent === true ? " sent" : ""}`,
    );
  };
  /** A job whose queue is an array. */
  const jobTo = (sent: ReplayMessage[], rest: Partial<ReplayJobSettings> = {}): ReplayJobSettings => ({
    database: operations.store,
    queue: {
      send: (message) => {
        sent.push(message);
        return Promise.resolve(true);
      },
    },
    log: operations.log,
    random: () => 0,
    times,
    ...rest,
  });
  const makeDue = () => operations.database.query("update mpc_delius.quarantine set due_at = now()");

  it("reach the queue as they were stored, with their key and their facts", async () => {
    await using queues = await startQueues();
    const { database, store, log } = operations;
    const attributes = { eventType: "offender-management.handover.changed", traceparent: "00-trace" };
    const body = '{"Message":"{\\"é\\":1}"}\r\n<script>';
    await quarantine(database, { inbox_key: "a", fact: "handover", body, attributes: JSON.stringify(attributes) });
    await quarantine(database, { inbox_key: "a", body, attributes: JSON.stringify(attributes) });
    await quarantine(database, { inbox_key: "b", fact: null, body: "no JSON", attributes: "{}", replays: 3 });
    await order("a", "b");
    await using job = createReplayJob({ database: store, queue: queues.admin, log, random: () => 0, times });
    job.start();
    const received = await queues.receive(2);
    assert.deepEqual(
      new Map(received.map((message) => [message.body, message.attributes])),
      new Map([
        ["no JSON", { inboxKey: "b#4" }],
        [body, { ...attributes, inboxKey: "a#1", facts: "handover,allocation" }],
      ]),
    );
  });

  it("are sent by the replica that starts after the one who took the order is gone", async () => {
    await quarantine(operations.database, {});
    await order("key");
    assert.deepEqual(await states(), ["key replaying"]);
    const sent: ReplayMessage[] = [];
    const arrived = Promise.withResolvers<null>();
    const log = { ...operations.log, info: () => arrived.resolve(null) };
    await using job = createReplayJob(jobTo(sent, { log }));
    job.start();
    await arrived.promise;
    assert.equal(sent.length, 1);
    assert.deepEqual(await states(), ["key replaying sent"]);
  });

  it("are sent once by several replicas at once", async () => {
    const { database, store } = operations;
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    for (const inbox_key of keys) {
      await quarantine(database, { inbox_key, fact: "handover" });
      await quarantine(database, { inbox_key });
    }
    await order(...keys);
    const sent: ReplayMessage[] = [];
    const replicas = [1, 2, 3].map(() => sendDueReplays(jobTo(sent, { database: store }), neverAborted()));
    const counts = await Promise.all(replicas);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      40,
    );
    assert.equal(sent.length, 40);
    assert.deepEqual(
      new Set(sent.map(({ attributes }) => attributes["inboxKey"])),
      new Set(keys.map((key) => `${key}#1`)),
    );
    assert.deepEqual([...new Set(sent.map(({ attributes }) => attributes["facts"]))], ["handover,allocation"]);
  });

  it("that one replica is claiming are not waited for by another, which takes what is left", async () => {
    const { database, store } = operations;
    await quarantine(database, { inbox_key: "a", fact: "handover" });
    await quarantine(database, { inbox_key: "a" });
    await quarantine(database, { inbox_key: "b" });
    await order("a", "b");
    const keys = async (executor: Executor, most: number) =>
      (await claimDueReplays(executor, { most, leaseMs: 60_000 })).map(({ inboxKey }) => inboxKey);
    const claimed = await store.transaction(async (tx) => {
      const first = await keys(tx, 1);
      return { commit: true, value: [first, await keys(store, 10)] };
    }, neverAborted());
    assert.deepEqual(claimed, [["a"], ["b"]]);
    assert.deepEqual(await keys(store, 10), []);
  });

  it("are not cancelled while a replica sends them, and are once its claim is over without a sign of it", async () => {
    await quarantine(operations.database, { inbox_key: "a" });
    await order("a");
    const cancel = async () => {
      const asked = { name: "cancel", chosen: { inboxKeys: ["a"] }, actor: "A_PERSON", reason: "a mistake" } as const;
      const [one] = (await carryOutOrder(operations.store, asked, neverAborted())).results;
      return one?.result;
    };
    await claimDueReplays(operations.store, { most: 1, leaseMs: 60_000 });
    assert.equal(await cancel(), "refused");
    await operations.database.query("update mpc_delius.quarantine set due_at = now() - interval '1 second'");
    assert.equal(await cancel(), "cancelled");
    const sent: ReplayMessage[] = [];
    assert.equal(await sendDueReplays(jobTo(sent), neverAborted()), 0);
    await order("a");
    await sendDueReplays(jobTo(sent), neverAborted());
    assert.deepEqual(
      sent.map(({ attributes }) => attributes["inboxKey"]),
      ["a#2"],
    );
  });

  it("are sent again until they are settled, and not before it is time", async () => {
    const { database } = operations;
    await quarantine(database, { inbox_key: "a" });
    await quarantine(database, { inbox_key: "b" });
    await order("a", "b");
    const sent: ReplayMessage[] = [];
    const send = () => sendDueReplays(jobTo(sent), neverAborted());
    assert.equal(await send(), 2);
    assert.equal(await send(), 0);
    await makeDue();
    await database.query("update mpc_delius.quarantine set state = 'settled' where inbox_key = 'a'");
    assert.equal(await send(), 1);
    assert.equal(sent.at(-1)?.attributes["inboxKey"], "b#1", "the same key again: the inbox knows it");
    const [row] = await database.query(
      "select extract(epoch from due_at - sent_at)::integer as seconds from mpc_delius.quarantine where inbox_key = 'b'",
    );
    assert.equal(row?.["seconds"], times.resendAfterMs / 1000);
  });

  it("are sent while intake is paused, but not sent again", async () => {
    const { database } = operations;
    await quarantine(database, {});
    await order("key");
    await database.query("update mpc_delius.intake_state set running = false");
    const sent: ReplayMessage[] = [];
    assert.equal(await sendDueReplays(jobTo(sent), neverAborted()), 1);
    await makeDue();
    assert.equal(await sendDueReplays(jobTo(sent), neverAborted()), 0);
    await database.query("update mpc_delius.intake_state set running = true");
    assert.equal(await sendDueReplays(jobTo(sent), neverAborted()), 1);
  });

  it("that cannot be sent are tried again soon, and can be cancelled until then", async () => {
    const { database } = operations;
    await quarantine(database, {});
    await order("key");
    const { log, lines } = captureLines();
    const down = { send: () => Promise.reject(new DependencyError("queue", "ECONNREFUSED")) };
    assert.equal(await sendDueReplays(jobTo([], { queue: down, log }), neverAborted()), 0);
    assert.deepEqual(lines, [
      JSON.stringify({ message: "a replay was not sent", inboxKey: "key#1", errorClass: "ECONNREFUSED" }),
    ]);
    const sent: ReplayMessage[] = [];
    assert.equal(await sendDueReplays(jobTo(sent), neverAborted()), 0);
    assert.deepEqual(
      await database.query(
        "select claimed_at, due_at < now() + interval '10 seconds' as soon from mpc_delius.quarantine",
      ),
      [{ claimed_at: null, soon: true }],
    );
    await makeDue();
    assert.equal(await sendDueReplays(jobTo(sent), neverAborted()), 1);
    await makeDue();
    assert.equal(await sendDueReplays(jobTo([], { queue: down, log }), neverAborted()), 0);
    assert.deepEqual(await states(), ["key replaying sent"], "what was sent once stays so");
  });

  it("that the queue will never take are held again, and say so", async () => {
    await using queues = await startQueues();
    const { database } = operations;
    await quarantine(database, { inbox_key: "large", body: "x".repeat(1_100_000) });
    await quarantine(database, { inbox_key: "odd", body: "\u0001" });
    await quarantine(database, { inbox_key: "fit", body: "fit" });
    await order("large", "odd", "fit");
    assert.equal(await sendDueReplays(jobTo([], { queue: queues.admin }), neverAborted()), 1);
    assert.deepEqual(await states(), ["large held", "odd held", "fit replaying sent"]);
    const [row] = await database.query("select distinct error, due_at from mpc_delius.quarantine where state = 'held'");
    assert.deepEqual(row, { error: "The queue does not take this message any more.", due_at: null });
    const [message] = await queues.receive(1);
    assert.equal(message?.body, "fit");
  });

  it("end with what is under way when the job is asked to end", async () => {
    await quarantine(operations.database, {});
    await order("key");
    const begun = Promise.withResolvers<null>();
    const gate = Promise.withResolvers<boolean>();
    const queue = {
      send: () => {
        begun.resolve(null);
        return gate.promise;
      },
    };
    const job = createReplayJob(jobTo([], { queue }));
    job.start();
    await begun.promise;
    const ended = job[Symbol.asyncDispose]();
    gate.resolve(true);
    await ended;
    assert.deepEqual(await states(), ["key replaying sent"]);
  });

  it("leave nothing of the message in the log", async () => {
    await quarantine(operations.database, {});
    await order("key");
    await sendDueReplays(jobTo([]), neverAborted());
    assert.deepEqual(operations.lines, [JSON.stringify({ message: "replay sent", inboxKey: "key#1" })]);
  });
});
