import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import type { Database, Statement, Transaction } from "../../src/platform/database/database.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import {
  createTestDatabase,
  neverAborted,
  openStore,
  untilBlocked,
  type TestDatabase,
} from "../support/test-database.ts";
import { startProxy } from "../support/proxy.ts";

const readTier: Statement<{ readonly version: number }, [offenderId: number]> = {
  name: "test-read-version",
  text: `select row_version as version from offender where offender_id = $1`,
  row: z.object({ version: z.int() }),
};

const raiseTier: Statement<unknown, [offenderId: number]> = {
  name: "test-raise-version",
  text: `update offender set row_version = row_version + 1 where offender_id = $1`,
  row: z.unknown(),
};

const hang: Statement<unknown> = { name: "test-hang", text: `select pg_sleep(60)`, row: z.unknown() };

const setting: Statement<{ readonly value: string }, [name: string]> = {
  name: "test-setting",
  text: `select current_setting($1) as value`,
  row: z.object({ value: z.string() }),
};

const backend: Statement<{ readonly pid: number }> = {
  name: "test-backend",
  text: `select pg_backend_pid() as pid`,
  row: z.object({ pid: z.int() }),
};

const isDatabaseFailure = (errorClass: string) => (error: unknown) =>
  error instanceof DependencyError && error.dependency === "database" && error.errorClass === errorClass;

describe("a database", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const versionOf = async (offenderId: number) => (await store.list(readTier, [offenderId]))[0]?.version;
  const raise = (tx: Transaction, offenderId: number) => tx.list(raiseTier, [offenderId]);

  it("limits how long a session waits for a lock, runs a statement and idles in a transaction", async () => {
    const names = ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "TimeZone"];
    const rows = await Promise.all(names.map((name) => store.list(setting, [name])));
    assert.deepEqual(
      rows.map(([row]) => row?.value),
      ["5s", "10s", "10s", "UTC"],
    );
  });

  it("plans each statement once for all values", async () => {
    const [row] = await store.list(setting, ["plan_cache_mode"]);
    assert.equal(row?.value, "force_generic_plan");
  });

  it("reads committed rows only", async () => {
    const [row] = await store.list(setting, ["transaction_isolation"]);
    assert.equal(row?.value, "read committed");
  });

  it("commits what a transaction says is to be committed", async () => {
    const standing = (await versionOf(1)) ?? 0;
    const value = await store.transaction(async (tx) => {
      await raise(tx, 1);
      return { commit: true, value: "kept" };
    }, neverAborted());
    assert.equal(value, "kept");
    assert.equal(await versionOf(1), standing + 1);
  });

  it("rolls back what a transaction says is not to be committed, and answers its value", async () => {
    const standing = await versionOf(1);
    const value = await store.transaction(async (tx) => {
      await raise(tx, 1);
      return { commit: false, value: "dropped" };
    }, neverAborted());
    assert.equal(value, "dropped");
    assert.equal(await versionOf(1), standing);
  });

  it("rolls back when the work raises, and passes on what it raised", async () => {
    const standing = await versionOf(1);
    const fault = new Error("a bug");
    const work = store.transaction(async (tx) => {
      await raise(tx, 1);
      throw fault;
    }, neverAborted());
    await assert.rejects(work, fault);
    assert.equal(await versionOf(1), standing);
  });

  it("rolls back everything when a statement that travels with the commit fails", async () => {
    const standing = await versionOf(1);
    const broken: Statement<unknown, [divisor: number]> = {
      name: "test-broken",
      text: `select 1 / $1::integer`,
      row: z.unknown(),
    };
    const work = store.transaction((tx) => {
      const writes = [raise(tx, 1), tx.list(broken, [0])];
      return Promise.resolve({ commit: true, value: null, writes });
    }, neverAborted());
    await assert.rejects(work, isDatabaseFailure("22012"));
    assert.equal(await versionOf(1), standing);
  });

  it("commits nothing when a write that is to travel with the commit cannot even be sent", async () => {
    const standing = await versionOf(1);
    const fault = new Error("a bug");
    const prepare = () => Promise.reject(fault);
    const write = async () => prepare();
    const work = store.transaction((tx) => {
      const writes = [write(), raise(tx, 1)];
      return Promise.resolve({ commit: true, value: null, writes });
    }, neverAborted());
    await assert.rejects(work, fault);
    assert.equal(await versionOf(1), standing);
  });

  it("raises the failure that came first, whichever of those that follow from it is heard of first", async () => {
    const broken: Statement<unknown, [divisor: number]> = {
      name: "test-broken",
      text: `select 1 / $1::integer`,
      row: z.unknown(),
    };
    const work = store.transaction(async (tx) => {
      const heardOfLate = (async () => {
        const answer = async () => tx.list(broken, [0]);
        await answer();
      })();
      await Promise.all([heardOfLate, tx.list(readTier, [1]), tx.list(readTier, [2])]);
      return { commit: true, value: null };
    }, neverAborted());
    await assert.rejects(work, isDatabaseFailure("22012"));
  });

  it("starts no transaction for a signal that has aborted", async () => {
    const work = store.transaction(() => assert.fail("the work was started"), AbortSignal.abort(new Error("too late")));
    await assert.rejects(work, /too late/);
  });

  it("cuts a transaction off when its signal aborts, so that it rolls back at once", async () => {
    const standing = await versionOf(2);
    const deadline = new AbortController();
    const started = Promise.withResolvers<number>();
    const work = store.transaction(async (tx) => {
      await raise(tx, 2);
      const [row] = await tx.list(backend, []);
      const hanging = tx.list(hang, []);
      started.resolve(row?.pid ?? 0);
      await hanging;
      return { commit: true, value: null };
    }, deadline.signal);
    const pid = await started.promise;
    const reason = new Error("its time is up");
    deadline.abort(reason);
    await assert.rejects(work, reason);
    assert.deepEqual(await database.query("select from pg_stat_activity where pid = $1", [pid]), []);
    assert.equal(await versionOf(2), standing);
  });

  it("commits nothing after its signal has aborted, not even what had been sent", async () => {
    const standing = (await versionOf(3)) ?? 0;
    const deadline = new AbortController();
    const sent = Promise.withResolvers<number>();
    await using other = await database.hold("update offender set row_version = row_version where offender_id = 3");
    const work = store.transaction(async (tx) => {
      const [row] = await tx.list(backend, []);
      const writes = [raise(tx, 3)];
      sent.resolve(row?.pid ?? 0);
      return { commit: true, value: null, writes };
    }, deadline.signal);
    const pid = await sent.promise;
    await untilBlocked(database, pid);
    const reason = new Error("its time is up");
    deadline.abort(reason);
    await assert.rejects(work, reason);
    await other.rollback();
    assert.deepEqual(await database.query("select from pg_stat_activity where pid = $1", [pid]), []);
    assert.equal(await versionOf(3), standing);
  });

  it("keeps the session of a transaction in which the server refused something", async () => {
    await using own = openStore(database);
    const broken: Statement<unknown, [divisor: number]> = {
      name: "test-broken",
      text: `select 1 / $1::integer`,
      row: z.unknown(),
    };
    const standing = await versionOf(1);
    const attempt = (divisor: number) =>
      own.transaction(async (tx) => {
        const [[row]] = await Promise.all([tx.list(backend, []), raise(tx, 1), tx.list(broken, [divisor])]);
        return { commit: false, value: row?.pid };
      }, neverAborted());
    const first = await attempt(1);
    await assert.rejects(attempt(0), isDatabaseFailure("22012"));
    assert.equal(await attempt(1), first);
    assert.equal(await versionOf(1), standing);
  });

  it("replaces a session whose plans an altered column has made useless", async () => {
    await using own = openStore(database);
    await database.query("create table altered as select 1 as value");
    const readAll: Statement<unknown> = { name: "test-altered", text: `select * from altered`, row: z.unknown() };
    const read = () =>
      own.transaction(async (tx) => ({ commit: false, value: await tx.list(readAll, []) }), neverAborted());
    await read();
    await database.query("alter table altered alter column value type text");
    await assert.rejects(read(), isDatabaseFailure("0A000"));
    assert.deepEqual(await read(), [{ value: "1" }]);
  });

  it("replaces a connection that broke", async () => {
    const began = Promise.withResolvers<number>();
    const work = store.transaction(async (tx) => {
      const [row] = await tx.list(backend, []);
      const hanging = tx.list(hang, []);
      began.resolve(row?.pid ?? 0);
      await hanging;
      return { commit: true, value: null };
    }, neverAborted());
    const failed = assert.rejects(work, isDatabaseFailure("57P01"));
    await database.query("select pg_terminate_backend($1)", [await began.promise]);
    await failed;
    assert.equal(typeof (await versionOf(1)), "number");
  });

  it("bears a connection that breaks without a word in the middle of a transaction", async () => {
    await using proxy = await startProxy(database.url);
    await using remote = openStore(proxy);
    const standing = await versionOf(1);
    const work = remote.transaction(async (tx) => {
      await raise(tx, 1);
      proxy.breakConnections();
      await tx.list(backend, []);
      return { commit: true, value: null };
    }, neverAborted());
    await assert.rejects(work, isDatabaseFailure("ECONNRESET"));
    assert.equal((await remote.list(readTier, [1]))[0]?.version, standing);
  });

  it("gives up a statement that no one answers, without a transaction too, and goes on with a new connection", async (context) => {
    await using proxy = await startProxy(database.url);
    await using remote = openStore(proxy);
    await remote.list(readTier, [1]);
    proxy.stall();
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const unanswered = assert.rejects(remote.list(readTier, [1]), isDatabaseFailure("ETIMEDOUT"));
    // The pool hands out its connection a moment later.
    await new Promise((resolve) => setImmediate(resolve));
    context.mock.timers.tick(20_000);
    await unanswered;
    context.mock.timers.reset();
    proxy.resume();
    assert.equal((await remote.list(readTier, [1])).length, 1);
  });

  it("fails as a dependency where no one answers", async () => {
    await using nowhere = openStore({ url: "postgres://postgres@127.0.0.1:1/none" });
    await assert.rejects(nowhere.list(backend, []), isDatabaseFailure("ECONNREFUSED"));
  });
});
