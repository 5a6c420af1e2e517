import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import type { Compare } from "../../src/operations/reconciliation/comparison-handler.ts";
import { runDue, type OrderedRunJobSettings } from "../../src/operations/reconciliation/ordered-run-job.ts";
import { cancelRun, insertOrderedRun } from "../../src/operations/reconciliation/run-order-store.ts";
import { findRun } from "../../src/operations/reconciliation/run-store.ts";
import type { Selection } from "../../src/operations/reconciliation/selection.ts";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { noTracing } from "../../src/platform/process/tracing.ts";
import { machineClocks } from "../../src/platform/time/clocks.ts";
import { captureLines } from "../operations/operations-fixture.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

const times = { lookupMs: 1, leaseMs: 60_000, renewMs: 1, settleMs: 0 };

describe("a reconciliation that was ordered", () => {
  let database: TestDatabase;
  let store: Database;
  const asked: string[] = [];
  before(async () => {
    database = await createTestDatabase("template1");
    await seedDatabase({ url: database.url, cases: 200, drift: 0, seed: 1 });
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    asked.length = 0;
    await database.query("delete from mpc_delius.reconciliation_run");
  });

  const order = (selection: Selection = { all: true }) =>
    store.transaction(async (tx) => {
      const value = await insertOrderedRun(tx, { orderedBy: "A_PERSON", selection });
      return { commit: true, value };
    }, neverAborted());
  const ordered = async (selection?: Selection) => {
    const runId = await order(selection);
    assert.ok(runId !== null);
    return runId;
  };
  const cancel = (runId: number) =>
    store.transaction(async (tx) => ({ commit: true, value: await cancelRun(tx, runId) }), neverAborted());
  const compareAll: Compare = (nomsNumber) => {
    asked.push(nomsNumber);
    return Promise.resolve([]);
  };
  const settingsOf = (rest: Partial<OrderedRunJobSettings> = {}) => {
    const uptime = () => machineClocks.uptime() * 1_000;
    const told = captureLines();
    return {
      database: store,
      reads: store,
      compare: compareAll,
      ...told,
      tracing: noTracing,
      uptime,
      random: () => 0.5,
      times,
      ...rest,
    };
  };

  it("is carried out once, no matter who looks, and is reported", async () => {
    const runId = await ordered();
    const settings = settingsOf();
    await Promise.all([runDue(settings, neverAborted()), runDue(settingsOf(), neverAborted())]);
    const run = await findRun(store, runId);
    assert.deepEqual([run?.state, run?.orderedBy, run?.progress], ["finished", "A_PERSON", 1]);
    assert.deepEqual([asked.length, new Set(asked).size], [run?.compared, run?.compared]);
    assert.ok(asked.length > 60);
    await runDue(settings, neverAborted());
    assert.equal(asked.length, run?.compared);
  });

  it("is one at a time", async () => {
    await ordered();
    assert.equal(await order({ sample: 3 }), null);
    await runDue(settingsOf(), neverAborted());
    assert.ok((await order({ sample: 3 })) !== null);
  });

  it("is gone on with by another at once when the process that carries it out stops", async () => {
    const runId = await ordered();
    const stopping = new AbortController();
    const compare: Compare = async (nomsNumber, signal) => {
      if (asked.length >= 55) stopping.abort();
      signal.throwIfAborted();
      return compareAll(nomsNumber, signal);
    };
    await assert.rejects(runDue(settingsOf({ compare }), stopping.signal));
    const broken = await findRun(store, runId);
    assert.deepEqual([broken?.state, broken?.compared], ["running", 50]);
    assert.ok((broken?.progress ?? 0) > 0.2 && (broken?.progress ?? 1) < 1);
    await runDue(settingsOf(), neverAborted());
    const run = await findRun(store, runId);
    assert.deepEqual([run?.state, run?.compared], ["finished", new Set(asked).size]);
  });

  it("of a sample compares the same cases when it is gone on with", async () => {
    const runId = await ordered({ sample: 5 });
    const stopping = new AbortController();
    const compare: Compare = (_, signal) => {
      stopping.abort();
      return Promise.reject(signal.reason);
    };
    await assert.rejects(runDue(settingsOf({ compare }), stopping.signal));
    const listChosen = () => database.query("select chosen from mpc_delius.reconciliation_run");
    const chosen = await listChosen();
    await runDue(settingsOf(), neverAborted());
    assert.deepEqual(await listChosen(), chosen);
    assert.equal((await findRun(store, runId))?.compared, 5);
  });

  it("ends when it is cancelled, and reports nothing", async () => {
    const runId = await ordered();
    const compare: Compare = async (_, signal) => {
      await cancel(runId);
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise;
    };
    await runDue(settingsOf({ compare }), neverAborted());
    const run = await findRun(store, runId);
    assert.deepEqual([run?.state, run?.totals], ["cancelled", null]);
    assert.ok((await order()) !== null);
  });

  it("that is cancelled when all is compared reports nothing either", async () => {
    const runId = await ordered({ sample: 1 });
    // The page behind the last one is empty.
    const reads: Executor = {
      list: async (statement, values) => {
        const rows = await store.list(statement, values);
        if (asked.length > 0 && rows.length === 0) await cancel(runId);
        return rows;
      },
    };
    const settings = settingsOf({ reads, times: { ...times, renewMs: 60_000 } });
    await runDue(settings, neverAborted());
    assert.deepEqual((await findRun(store, runId))?.state, "cancelled");
    assert.deepEqual(
      settings.lines.filter((line) => line.includes("ReconciliationFinished")),
      [],
    );
  });
});
