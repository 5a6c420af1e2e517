import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { getFrame } from "../../src/console/session/frame-store.ts";
import { orderedGroupSchema } from "../../src/operations/quarantine/group-replay.ts";
import { stepGroupReplays } from "../../src/operations/quarantine/group-replay-handler.ts";
import type { Database } from "../../src/platform/database/database.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { claimDueReplays } from "../../src/operations/quarantine/replay-store.ts";
import { neverAborted } from "../support/test-database.ts";
import { captureLines, startOperations, type Operations } from "./operations-fixture.ts";
import { forgetRows, listRecorded, quarantine } from "./stored-rows.ts";

const path = "/operations/quarantine/group-replays";
const group = "UnknownPrison";

describe("a group that is replayed by itself", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
  });
  afterEach(async () => {
    await forgetRows(operations.database);
    await operations.database.query("truncate mpc_delius.group_replay");
  });
  after(() => operations[Symbol.asyncDispose]());

  const hold = async (messages: number) => {
    for (let number = 1; number <= messages; number += 1) {
      await quarantine(operations.database, { inbox_key: `k${number}` });
    }
  };
  const ask = async (request: string, body?: object) => {
    const { status, body: told, text } = await operations.ask(request, body === undefined ? {} : { body });
    assert.equal(status, 200, text);
    return orderedGroupSchema.partial({ isNew: true }).parse(told);
  };
  const order = () => ask(`POST ${path}`, { group, reason: "repaired" });
  const step = () => stepGroupReplays({ database: operations.store, log: operations.log }, neverAborted());
  /** Sends what is replayed, and lets it end so. */
  const settle = (state: "settled" | "held", where = "true") =>
    operations.database.query(
      `update mpc_delius.quarantine set state = $1, claimed_at = now(), sent_at = now(), due_at = null, changed_at = '2020-01-01'
       where state = 'replaying' and ${where}`,
      [state],
    );
  const listReplaying = async () => {
    const rows = await operations.database.query(
      "select inbox_key as key from mpc_delius.quarantine where state = 'replaying' order by quarantine_id",
    );
    return rows.map(({ key }) => String(key));
  };

  it("begins with the oldest few, and goes on with the rest at a rate when one of them is repaired", async () => {
    await hold(12);
    const { id, state, progress } = await order();
    assert.deepEqual([state, progress.ordered, progress.sent], ["first", 12, 0]);
    await step();
    assert.deepEqual(await listReplaying(), ["k1", "k2", "k3", "k4", "k5"]);
    await settle("settled", "inbox_key = 'k1'");
    await step();
    assert.equal((await listReplaying()).length, 4, "it waits for all of the first");
    await settle("held");
    await quarantine(operations.database, { inbox_key: "later" });
    await Promise.all([step(), step()]);
    assert.deepEqual(await listReplaying(), ["k6", "k7", "k8", "k9", "k10", "k11", "k12"]);
    const gaps = await operations.database.query(
      `select distinct extract(milliseconds from due_at - lag(due_at) over (order by due_at))::integer as gap
       from mpc_delius.quarantine where state = 'replaying' order by 1`,
    );
    assert.deepEqual(gaps, [{ gap: 100 }, { gap: null }]);
    assert.equal((await ask(`GET ${path}/${id}`)).state, "rest");
    await settle("settled");
    await step();
    const ended = await ask(`GET ${path}/${id}`);
    assert.deepEqual(
      [ended.state, ended.progress],
      ["finished", { ordered: 12, sent: 12, settled: 8, failed: 4, cancelled: 0 }],
    );
    const subject = { group, groupReplay: id };
    assert.deepEqual(await listRecorded(operations.database), [
      { actor: "A_PERSON", action: "replay-group", reason: "repaired", subject: { ...subject, messages: 12 } },
      ...[[1, 2, 3, 4, 5].map(keyOf), [6, 7, 8, 9, 10, 11, 12].map(keyOf)].map((inboxKeys) => ({
        actor: "A_PERSON",
        action: "replay",
        reason: "repaired",
        subject: { ...subject, inboxKeys },
      })),
    ]);
  });

  it("stops and says so when none of the first is repaired", async () => {
    await hold(7);
    const { id } = await order();
    await step();
    await settle("held");
    await step();
    await step();
    const { state, progress } = await ask(`GET ${path}/${id}`);
    assert.deepEqual([state, progress], ["stopped", { ordered: 7, sent: 5, settled: 0, failed: 5, cancelled: 2 }]);
    assert.deepEqual(await listReplaying(), []);
  });

  it("is cancelled: what is not sent is held again, and what was sent ends as ever", async () => {
    await hold(7);
    const { id } = await order();
    await step();
    await operations.database.query("update mpc_delius.quarantine set sent_at = now() where inbox_key = 'k1'");
    assert.equal((await operations.ask(`POST ${path}/${id}/cancel`, { body: {} })).status, 400);
    const cancelled = await ask(`POST ${path}/${id}/cancel`, { reason: "a mistake" });
    assert.deepEqual(
      [cancelled.state, cancelled.progress],
      ["cancelled", { ordered: 7, sent: 1, settled: 0, failed: 0, cancelled: 6 }],
    );
    assert.deepEqual(await listReplaying(), ["k1"]);
    assert.equal((await operations.ask(`POST ${path}/${id}/cancel`, { body: { reason: "again" } })).status, 409);
    await settle("settled");
    await step();
    const { finishedAt, progress } = await ask(`GET ${path}/${id}`);
    assert.ok(finishedAt);
    assert.deepEqual(progress, { ordered: 7, sent: 1, settled: 1, failed: 0, cancelled: 6 });
    const last = (await listRecorded(operations.database)).at(-1);
    assert.deepEqual(last?.["subject"], { group, groupReplay: id, inboxKeys: [2, 3, 4, 5].map(keyOf) });
  });

  it("goes on without a message that is not settled within half an hour, unless the intake was paused meanwhile", async () => {
    const { database } = operations;
    await hold(7);
    const { id } = await order();
    await step();
    await settle("settled", "inbox_key <> 'k2'");
    const letPass = async (running: boolean) => {
      await database.query("update mpc_delius.group_replay set batch_sent_at = now() - interval '31 minutes'");
      await database.query(
        "update mpc_delius.intake_state set running = $1, changed_at = now() - interval '31 minutes'",
        [running],
      );
      await step();
      return listReplaying();
    };
    assert.deepEqual(await letPass(true), ["k2"], "it is not sent yet");
    await database.query("update mpc_delius.quarantine set sent_at = now() where inbox_key = 'k2'");
    assert.deepEqual(await letPass(false), ["k2"]);
    await database.query("update mpc_delius.group_replay set batch_sent_at = null");
    await step();
    const [marked] = await database.query("select from mpc_delius.group_replay where batch_sent_at is not null");
    assert.ok(marked);
    assert.deepEqual(await letPass(true), ["k2", "k6", "k7"]);
    const { progress } = await ask(`GET ${path}/${id}`);
    assert.deepEqual(progress, { ordered: 7, sent: 5, settled: 4, failed: 1, cancelled: 0 });
  });

  it("counts as failed what comes back with a fact that it had none of", async () => {
    await quarantine(operations.database, { inbox_key: "k1", fact: null });
    await quarantine(operations.database, { inbox_key: "k2" });
    const { id } = await order();
    await step();
    await settle("settled");
    await quarantine(operations.database, { inbox_key: "k1" });
    const { progress } = await ask(`GET ${path}/${id}`);
    assert.deepEqual(progress, { ordered: 2, sent: 2, settled: 1, failed: 1, cancelled: 0 });
  });

  it("counts as cancelled what is held again unsent, also where another fact was replayed before", async () => {
    await quarantine(operations.database, { inbox_key: "k1", replays: 1 });
    const settled = { fact: "handover", state: "settled", replays: 1, sent_at: "2026-04-02T12:00:00Z" };
    await quarantine(operations.database, { inbox_key: "k1", ...settled });
    const { id } = await order();
    await step();
    const { progress } = await ask(`POST ${path}/${id}/cancel`, { reason: "a mistake" });
    assert.deepEqual(progress, { ordered: 1, sent: 0, settled: 0, failed: 0, cancelled: 1 });
  });

  it("lets the other groups go on where one fails", async () => {
    await hold(1);
    await quarantine(operations.database, { inbox_key: "other", reason: "UnknownTeam" });
    const { id } = await order();
    await ask(`POST ${path}`, { group: "UnknownTeam", reason: "repaired" });
    let isFirst = true;
    const database: Pick<Database, "list" | "transaction"> = {
      list: (...asked) => operations.store.list(...asked),
      transaction: (work, signal) => {
        const fails = isFirst;
        isFirst = false;
        return fails
          ? Promise.reject(new DependencyError("database", "57014"))
          : operations.store.transaction(work, signal);
      },
    };
    const { log, lines } = captureLines();
    await stepGroupReplays({ database, log }, neverAborted());
    assert.deepEqual(await listReplaying(), ["other"]);
    const line = { message: "a group replay failed; will retry", groupReplay: id, errorClass: "57014" };
    assert.deepEqual(lines, [JSON.stringify(line)]);
  });

  it("is ordered again once it is cancelled, while what was sent of it is not settled yet", async () => {
    await hold(7);
    const { id } = await order();
    await step();
    await operations.database.query("update mpc_delius.quarantine set sent_at = now() where inbox_key = 'k1'");
    await ask(`POST ${path}/${id}/cancel`, { reason: "a mistake" });
    const again = await order();
    assert.notEqual(again.id, id);
    assert.deepEqual([again.state, again.progress.ordered], ["first", 6]);
    const { work } = await getFrame(operations.store, "a session");
    assert.deepEqual(work.groups, [{ id: again.id, group }]);
    await step();
    assert.deepEqual(await listReplaying(), ["k1", "k2", "k3", "k4", "k5", "k6"]);
    await settle("settled", "inbox_key = 'k1'");
    await step();
    const { finishedAt, progress } = await ask(`GET ${path}/${id}`);
    assert.ok(finishedAt, "the cancelled one ends with what it sent");
    assert.deepEqual(progress, { ordered: 7, sent: 1, settled: 1, failed: 0, cancelled: 6 });
  });

  it("is cancelled wholly where a replica had claimed messages and could not send them", async () => {
    await hold(7);
    const { id } = await order();
    await step();
    await claimDueReplays(operations.store, { most: 2, leaseMs: 60_000 });
    const { progress } = await ask(`POST ${path}/${id}/cancel`, { reason: "a mistake" });
    assert.deepEqual([progress.cancelled, await listReplaying()], [5, ["k1", "k2"]]);
    await step();
    assert.deepEqual(await listReplaying(), ["k1", "k2"], "the claim may still send them");
    await operations.database.query("update mpc_delius.quarantine set due_at = now() where state = 'replaying'");
    assert.deepEqual(await claimDueReplays(operations.store, { most: 9, leaseMs: 60_000 }), []);
    await step();
    assert.deepEqual(await listReplaying(), []);
    const ended = await ask(`GET ${path}/${id}`);
    assert.ok(ended.finishedAt);
    assert.deepEqual(ended.progress, { ordered: 7, sent: 0, settled: 0, failed: 0, cancelled: 7 });
  });

  it("leaves what is replayed again by hand alone after a cancel", async () => {
    await hold(7);
    const { id } = await order();
    await step();
    await operations.database.query("update mpc_delius.quarantine set sent_at = now() where inbox_key in ('k1', 'k2')");
    await ask(`POST ${path}/${id}/cancel`, { reason: "a mistake" });
    await settle("held", "inbox_key = 'k1'");
    assert.equal(
      (await operations.ask("POST /operations/quarantine/replay", { body: { inboxKeys: ["k1"], reason: "r" } })).status,
      200,
    );
    await step();
    assert.deepEqual(await listReplaying(), ["k1", "k2"]);
    const claimed = await claimDueReplays(operations.store, { most: 9, leaseMs: 60_000 });
    assert.deepEqual(
      claimed.map(({ inboxKey }) => inboxKey),
      ["k1", "k2"],
    );
  });

  it("is ordered once while it is under way, and not where nothing is held", async () => {
    assert.equal((await operations.ask(`POST ${path}`, { body: { group, reason: "r" } })).status, 400);
    await hold(1);
    const [one, other] = await Promise.all([order(), order()]);
    assert.equal(one.id, other.id);
    assert.deepEqual(new Set([one.isNew, other.isNew]), new Set([true, false]));
    assert.equal((await listRecorded(operations.database)).length, 1);
    for (const unknown of ["0", "x", "999999"]) {
      assert.equal((await operations.ask(`GET ${path}/${unknown}`)).status, 404);
      assert.equal((await operations.ask(`POST ${path}/${unknown}/cancel`, { body: { reason: "r" } })).status, 404);
    }
  });
});

function keyOf(number: number): string {
  return `k${number}`;
}
