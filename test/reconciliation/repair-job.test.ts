import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { machineClocks } from "../../src/platform/time/clocks.ts";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { createRepairJob, sendDueRepairs, type RepairJobSettings } from "../../src/operations/refresh/repair-job.ts";
import { fewFirst } from "../../src/operations/action/few-first.ts";
import { countRefreshes } from "../../src/operations/refresh/refresh-progress.ts";
import { findRefreshSummary, insertRefreshRun } from "../../src/operations/refresh/refresh-store.ts";
import {
  cancelRefresh,
  claimDueRefresh,
  continueRefresh,
  extendRepairClaim,
  makeRefreshDue,
} from "../../src/operations/refresh/repair-store.ts";
import { captureLines } from "../operations/operations-fixture.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

type Sent = Parameters<RepairJobSettings["queue"]["send"]>[0];

const cases = 100;
const times = { lookupMs: 1, leaseMs: 60_000, pollMs: 1, patienceMs: 60_000 };

describe("a repair that was ordered", () => {
  let database: TestDatabase;
  let store: Database;
  let reconciliationRun: unknown;
  const sent: Sent[] = [];
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
    const [run] = await database.query(
      `insert into mpc_delius.reconciliation_run (selection) values ('{"all": true}') returning reconciliation_run_id as id`,
    );
    reconciliationRun = Number(run?.["id"]);
    await database.query(
      `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed)
       select $1, 5000 + number, 'G' || lpad(number::text, 4, '0') || 'ZZ', 'handover', 'date-missing', 'KeyDateCreated', true
       from generate_series(1, ${cases}) number`,
      [reconciliationRun],
    );
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    sent.length = 0;
    await database.query("truncate mpc_delius.refresh_run, mpc_delius.inbox");
    await database.query("update mpc_delius.refresh_place set inbox_key = null, taken_at = null");
  });

  const order = (dryRun = false, startsWithFew = false) =>
    store.transaction(async (tx) => {
      const run = {
        startedBy: "A_PERSON",
        dryRun,
        removeStale: false,
        selection: { reconciliationRun },
        startsWithFew,
      };
      const { refreshRun } = await insertRefreshRun(tx, run);
      await makeRefreshDue(tx, refreshRun, 0);
      return { commit: true, value: refreshRun };
    }, neverAborted());
  const settle = async ({ attributes }: Sent) => {
    await database.query(
      "insert into mpc_delius.inbox (inbox_key, event_type, received_at) values ($1, $2, now()) on conflict do nothing",
      [attributes["inboxKey"], attributes["eventType"]],
    );
    return true;
  };
  const send: RepairJobSettings["queue"]["send"] = (message) => {
    sent.push(message);
    return settle(message);
  };
  const settingsOf = (rest: Partial<RepairJobSettings> = {}) => ({
    database: store,
    queue: { send },
    isRunning: () => Promise.resolve(true),
    ...machineClocks,
    random: () => 0.5,
    times,
    ...captureLines(),
    ...rest,
  });
  const cancel = (refreshRun: string) =>
    store.transaction(async (tx) => ({ commit: true, value: await cancelRefresh(tx, refreshRun) }), neverAborted());
  const keysOf = () => new Set(sent.map(({ attributes }) => attributes["inboxKey"]));
  const listOpen = () => database.query("select from mpc_delius.refresh_run where finished_at is null");

  it("is sent once, whole, no matter who looks", async () => {
    await order();
    const settings = settingsOf();
    await Promise.all([sendDueRepairs(settings, neverAborted()), sendDueRepairs(settingsOf(), neverAborted())]);
    assert.deepEqual([sent.length, keysOf().size], [cases, cases]);
    assert.equal((await listOpen()).length, 0);
  });

  it("is gone on with by another when the one that sends it dies", async () => {
    const refreshRun = await order();
    const dying = settingsOf({
      queue: { send: (message) => (sent.length < 70 ? send(message) : Promise.reject(new Error("killed"))) },
    });
    await assert.rejects(sendDueRepairs(dying, neverAborted()), /killed/);
    await sendDueRepairs(settingsOf(), neverAborted());
    assert.equal(keysOf().size, 70, "as long as the claim holds");
    await database.query("update mpc_delius.refresh_run set due_at = now() where refresh_run_id = $1", [refreshRun]);
    await sendDueRepairs(settingsOf(), neverAborted());
    assert.equal(keysOf().size, cases);
    assert.equal((await listOpen()).length, 0);
  });

  it("waits for the one before it, and one that a command sends is left alone", async () => {
    await order();
    await order(true);
    await insertRefreshRun(store, {
      startedBy: "A_PERSON",
      dryRun: true,
      removeStale: false,
      selection: { all: true },
    });
    assert.equal((await claimDueRefresh(store, 60_000))?.dryRun, false);
    assert.equal(await claimDueRefresh(store, 60_000), null);
    await database.query("update mpc_delius.refresh_run set finished_at = now() where not dry_run");
    assert.equal((await claimDueRefresh(store, 60_000))?.dryRun, true);
    assert.equal(await claimDueRefresh(store, 60_000), null);
  });

  it("of cases by number is sent when the replica that took the order has not done so in time", async () => {
    const asked = { startedBy: "A_PERSON", dryRun: true, removeStale: false };
    const refreshRun = await store.transaction(async (tx) => {
      const run = await insertRefreshRun(tx, { ...asked, selection: { nomsNumbers: ["A1004AA", "A1002AA"] } });
      await makeRefreshDue(tx, run.refreshRun, 60_000);
      return { commit: true, value: run.refreshRun };
    }, neverAborted());
    await sendDueRepairs(settingsOf(), neverAborted());
    assert.equal(sent.length, 0, "it may still be at it");
    await database.query("update mpc_delius.refresh_run set due_at = now()");
    await sendDueRepairs(settingsOf(), neverAborted());
    const expected = [2, 4].map((offender) => `refresh-${refreshRun}-${offender}`);
    assert.deepEqual(
      sent.map(({ attributes }) => attributes["inboxKey"]),
      expected,
    );
    assert.equal((await listOpen()).length, 0);
  });

  it("counts what is settled days after it was sent, for the intake may be paused as long", async () => {
    const refreshRun = await order();
    const queue = { send: (message: Sent) => Promise.resolve(sent.push(message) > 0) };
    await sendDueRepairs(settingsOf({ queue, times: { ...times, patienceMs: 1 } }), neverAborted());
    await database.query(
      "update mpc_delius.refresh_run set started_at = now() - interval '4 days', finished_at = now() - interval '3 days'",
    );
    for (const message of sent) await settle(message);
    const summary = await findRefreshSummary(store, refreshRun);
    assert.deepEqual([summary?.cases, summary?.settled], [cases, cases]);
  });

  it("sends no more once it is cancelled, and has sent what it says", async () => {
    const refreshRun = await order();
    const cancelling = settingsOf({
      queue: {
        send: async (message) => {
          await cancel(refreshRun);
          return send(message);
        },
      },
    });
    await sendDueRepairs(cancelling, neverAborted());
    assert.ok(sent.length < cases, "a page of cases is sent at once, and no other after it");
    const summary = await findRefreshSummary(store, refreshRun);
    assert.ok(summary?.cancelledAt != null && summary.finishedAt !== null);
    const counts = { ordered: cases, sent: sent.length, settled: sent.length, failed: 0 };
    assert.deepEqual(countRefreshes({ ...summary, cases }), { ...counts, cancelled: cases - sent.length });
    assert.equal(await cancel(refreshRun), false, "it is over");
  });

  it("ends at once where it was cancelled before its turn, also behind another", async () => {
    await order();
    await claimDueRefresh(store, 60_000);
    await cancel(await order(true));
    await sendDueRepairs(settingsOf(), neverAborted());
    assert.deepEqual([sent.length, (await listOpen()).length], [0, 1]);
  });

  it("sends a few first, also where the replica that sends them dies, and its rest when all are settled", async () => {
    const refreshRun = await order(false, true);
    const unsettled: Sent[] = [];
    const dying = settingsOf({
      queue: {
        send: (message) =>
          unsettled.length === 3 ? Promise.reject(new Error("killed")) : Promise.resolve(unsettled.push(message) > 0),
      },
    });
    await assert.rejects(sendDueRepairs(dying, neverAborted()), /killed/);
    await database.query("update mpc_delius.refresh_run set due_at = now()");
    const sentFirst = Promise.withResolvers<void>();
    const first: Sent[] = [];
    const queue = {
      send: (message: Sent) => {
        sent.push(message);
        if (sent.length > fewFirst) return settle(message);
        if (first.push(message) === fewFirst) sentFirst.resolve();
        return Promise.resolve(true);
      },
    };
    const sending = sendDueRepairs(settingsOf({ queue }), neverAborted());
    await sentFirst.promise;
    for (const message of first) {
      assert.equal(sent.length, fewFirst, "the rest waits for every one of them");
      await settle(message);
    }
    await sending;
    assert.deepEqual([keysOf().size, (await listOpen()).length], [cases, 0]);
    assert.deepEqual((await findRefreshSummary(store, refreshRun))?.state, "finished");
  });

  it("is held when one of the few is not settled in time, keeps no other waiting, and is sent on when it is continued", async () => {
    const refreshRun = await order(false, true);
    const queue = { send: (message: Sent) => (sent.push(message) === 2 ? Promise.resolve(true) : settle(message)) };
    const impatient = { times: { ...times, patienceMs: 20 } };
    await sendDueRepairs(settingsOf({ queue, ...impatient }), neverAborted());
    assert.equal((await findRefreshSummary(store, refreshRun))?.state, "held");
    await extendRepairClaim(store, refreshRun, 60_000);
    assert.equal(await claimDueRefresh(store, 60_000), null);
    const other = await order(true);
    await sendDueRepairs(settingsOf(), neverAborted());
    assert.equal(sent.length, fewFirst + cases);
    assert.equal((await findRefreshSummary(store, other))?.state, "finished");
    const proceed = () =>
      store.transaction(async (tx) => ({ commit: true, value: await continueRefresh(tx, refreshRun) }), neverAborted());
    assert.deepEqual([await proceed(), await proceed()], [true, false]);
    const both = [settingsOf(impatient), settingsOf(impatient)];
    await Promise.all(both.map((settings) => sendDueRepairs(settings, neverAborted())));
    assert.equal(sent.length, 2 * cases, "the rest is sent once");
    assert.equal((await findRefreshSummary(store, refreshRun))?.state, "finished");
  });

  it("does not give up the few while the intake is paused, no matter for how long", async () => {
    const refreshRun = await order(false, true);
    let [isPaused, now, looksAfter] = [false, 0, 0];
    const resumed = Promise.withResolvers<void>();
    const isRunning = () => {
      isPaused &&= now < 20;
      if (isPaused) now += 1;
      else if (now > 0 && ++looksAfter === 10) resumed.resolve();
      return Promise.resolve(!isPaused);
    };
    const queue = {
      send: (message: Sent) => {
        isPaused ||= sent.push(message) === fewFirst;
        return sent.length > fewFirst ? settle(message) : Promise.resolve(true);
      },
    };
    const settings = settingsOf({ queue, isRunning, uptime: () => now, times: { ...times, patienceMs: 1 } });
    const sending = sendDueRepairs(settings, neverAborted());
    await resumed.promise;
    assert.equal((await findRefreshSummary(store, refreshRun))?.state, "first");
    await Promise.all(sent.map(settle));
    await sending;
    assert.equal((await findRefreshSummary(store, refreshRun))?.state, "finished");
  });

  it("is held for as long as the intake is paused", async () => {
    await order();
    const extended = Promise.withResolvers<void>();
    const watched: Executor = {
      list: (statement, values) => {
        if (statement.name === "extend-repair-claim") extended.resolve();
        return store.list(statement, values);
      },
    };
    let isPaused = true;
    const isRunning = () => Promise.resolve(!isPaused);
    const settings = settingsOf({ database: watched, isRunning, times: { ...times, leaseMs: 300 } });
    const sending = sendDueRepairs(settings, neverAborted());
    await extended.promise;
    assert.equal(sent.length, 0);
    isPaused = false;
    await sending;
    assert.equal(sent.length, cases);
  });

  it("goes by itself as soon as the job runs, which ends at once when it is asked to", async () => {
    await order();
    const told = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    const { log } = captureLines();
    const watched = { ...log, info: (fields: Readonly<Record<string, unknown>>) => told.resolve(fields) };
    await using job = createRepairJob(settingsOf({ log: watched }));
    job.start();
    assert.equal((await told.promise)["sent"], cases);
    await order();
    await using paused = createRepairJob(settingsOf({ isRunning: () => Promise.resolve(false) }));
    paused.start();
  });
});
