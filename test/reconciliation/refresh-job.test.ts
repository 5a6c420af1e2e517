import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { z } from "zod";
import { machineClocks } from "../../src/platform/time/clocks.ts";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { nomsNumberSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { refresh, type Refresh, type RefreshSettings, type Waiting } from "../../src/operations/refresh/refresh-job.ts";
import { countPlaces, takePlaces } from "../../src/operations/refresh/place-store.ts";
import { insertRefreshRun } from "../../src/operations/refresh/refresh-store.ts";
import type { RefreshCase } from "../../src/operations/refresh/refresh-message.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

const cases: readonly RefreshCase[] = Array.from({ length: 150 }, (_, index) => ({
  offenderId: offenderIdSchema.parse(5_000 + index),
  nomsNumber: nomsNumberSchema.parse(`G${String(index).padStart(4, "0")}ZZ`),
  facts: ["handover", "allocation"],
}));

const order: Refresh = {
  startedBy: "A_PERSON",
  dryRun: true,
  removeStale: false,
  selection: { all: true },
  next: (last, most) => Promise.resolve(cases.filter(({ offenderId }) => offenderId > (last ?? 0)).slice(0, most)),
};

type Sent = Parameters<RefreshSettings["queue"]["send"]>[0];

describe("a refresh", () => {
  let database: TestDatabase;
  let store: Database;
  const sent: Sent[] = [];
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
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

  it("has a number of its own when others begin in the same instant", async () => {
    const selections = Array.from({ length: 12 }, (_, sample) => ({ sample: sample + 1 }));
    const runs = await Promise.all(selections.map((selection) => insertRefreshRun(store, { ...order, selection })));
    assert.equal(new Set(runs.map(({ refreshRun }) => refreshRun)).size, 12);
  });

  const settle = (messages: readonly Sent[]) =>
    database.query(
      "insert into mpc_delius.inbox (inbox_key, received_at) select unnest($1::text[]), now() on conflict do nothing",
      [messages.map(({ attributes }) => attributes["inboxKey"])],
    );
  /** Settles some of what was sent each time that a job looks for places. */
  const settling = (atOnce: number, note: (unsettled: number) => void = () => undefined): Executor => {
    let done = 0;
    return {
      list: async (statement, values) => {
        if (statement.name.endsWith("-refresh-places")) {
          note(sent.length - done);
          const next = sent.slice(done, done + atOnce);
          done += next.length;
          await settle(next);
        }
        return store.list(statement, values);
      },
    };
  };
  const settings = (rest: Partial<RefreshSettings> = {}): RefreshSettings => ({
    database: settling(1_000),
    queue: {
      send: (message) => {
        sent.push(message);
        return Promise.resolve(true);
      },
    },
    isRunning: () => Promise.resolve(true),
    ...machineClocks,
    pollMs: 1,
    patienceMs: 60_000,
    idleMs: 60_000,
    onWait: () => undefined,
    onProgress: () => undefined,
    ...rest,
  });

  it("sends our own message for each case, once", async () => {
    const { refreshRun, dryRun, sent: count } = await refresh(settings(), order, neverAborted());
    assert.deepEqual([dryRun, count], [true, cases.length]);
    assert.equal(new Set(sent.map(({ attributes }) => attributes["inboxKey"])).size, cases.length);
    const [first] = sent;
    assert.ok(first);
    const { occurredAt, ...body } = z.looseObject({ occurredAt: z.string() }).parse(JSON.parse(first.body));
    assert.match(occurredAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(body, {
      eventType: "manage-pom-cases-and-delius.internal.refresh",
      version: 1,
      personReference: { identifiers: [{ type: "NOMS", value: "G0000ZZ" }] },
      additionalInformation: { facts: ["handover", "allocation"], dryRun: true, removeStale: false, refreshRun },
    });
  });

  it("leaves at most 64 messages unsettled", async () => {
    const unsettled: number[] = [];
    const pace = settling(7, (count) => unsettled.push(count));
    await refresh(settings({ database: pace }), order, neverAborted());
    assert.equal(Math.max(...unsettled), 64);
    assert.equal(sent.length, cases.length);
  });

  it("leaves at most 64 messages unsettled together with all others that are sent at once", async () => {
    const unsettled: number[] = [];
    const pace = settling(7, (count) => unsettled.push(count));
    const samples = [1, 2, 3].map((sample) => ({ ...order, selection: { sample } }));
    const summaries = await Promise.all(
      samples.map((one) => refresh(settings({ database: pace }), one, neverAborted())),
    );
    assert.equal(Math.max(...unsettled), 64);
    assert.deepEqual(
      summaries.map(({ sent: count }) => count),
      samples.map(() => cases.length),
    );
    assert.equal(new Set(sent.map(({ attributes }) => attributes["inboxKey"])).size, 3 * cases.length);
  });

  it("sends nothing while the intake is paused", async () => {
    let looks = 0;
    const isRunning = () => {
      looks += 1;
      if (looks <= 3) assert.equal(sent.length, 0);
      return Promise.resolve(looks > 3);
    };
    await refresh(settings({ isRunning }), order, neverAborted());
    assert.equal(sent.length, cases.length);
  });

  it("that is broken off goes on where it stopped", async () => {
    const queue: RefreshSettings["queue"] = {
      send: (message) => {
        if (sent.length === 100) throw new Error("killed");
        sent.push(message);
        return Promise.resolve(true);
      },
    };
    await assert.rejects(refresh(settings({ queue }), order, neverAborted()), /killed/);
    await settle(sent);
    const { sent: count } = await refresh(settings(), order, neverAborted());
    assert.equal(count, cases.length);
    assert.equal(new Set(sent.map(({ attributes }) => attributes["inboxKey"])).size, cases.length);
    assert.equal((await database.query("select from mpc_delius.refresh_run")).length, 1);
  });

  it("says once what it waits for when nothing goes on, and again after it went on", async () => {
    let now = 0;
    const uptime = () => {
      now += 1_000;
      return now;
    };
    let looks = 0;
    const slow: Executor = {
      list: async (statement, values) => {
        if (statement.name !== "count-refresh-places") return store.list(statement, values);
        looks += 1;
        if (looks % 20 === 0) await settle(sent);
        return store.list(statement, values);
      },
    };
    const waits: Waiting[] = [];
    const patient = { uptime, idleMs: 5_000, patienceMs: 10_000_000 };
    await refresh(
      settings({ database: slow, onWait: (waiting) => void waits.push(waiting), ...patient }),
      order,
      neverAborted(),
    );
    assert.deepEqual(waits, [
      { unsettled: 64, isPaused: false },
      { unsettled: 64, isPaused: false },
      { unsettled: 22, isPaused: false },
    ]);
  });

  it("waits no longer than its patience for a message that is never settled", async () => {
    const silent: Executor = { list: (statement, values) => store.list(statement, values) };
    const impatient = settings({ database: silent, patienceMs: 50 });
    const { sent: count } = await refresh(impatient, order, neverAborted());
    assert.equal(count, cases.length);
  });

  it("of a message that is sent again takes no second place", async () => {
    const keys = ["refresh-1-1", "refresh-1-2"];
    for (const _ of keys) assert.deepEqual(await takePlaces(store, keys, 60_000), new Set(keys));
    assert.equal((await countPlaces(store, "1", 60_000)).all, 2);
  });

  it("has places of its own, however many take some at the same moment", async () => {
    const given = await Promise.all(
      Array.from({ length: 20 }, (_, run) => {
        const keys = Array.from({ length: 10 }, (__, offender) => `refresh-${run}-${offender}`);
        return takePlaces(store, keys, 60_000);
      }),
    );
    const allowed = given.flatMap((keys) => [...keys]);
    const rows = await database.query(
      "select inbox_key as key from mpc_delius.refresh_place where inbox_key is not null",
    );
    assert.deepEqual(new Set(rows.map(({ key }) => key)), new Set(allowed));
    assert.equal(allowed.length, rows.length);
  });
});
