import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { z } from "zod";
import type { Database, Statement, Transaction } from "../../src/platform/database/database.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { startProxy } from "../support/proxy.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

const add: Statement<unknown, [place: number]> = {
  name: "test-add",
  text: `insert into attempted (place) values ($1)`,
  row: z.unknown(),
};

const hang: Statement<unknown> = { name: "test-hang", text: `select pg_sleep(60)`, row: z.unknown() };

// The table takes each place once.
const taken = "23505";

describe("works of one transaction that are attempted one by one", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    await database.query("create table attempted (place integer primary key)");
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(() => database.query("truncate attempted"));

  const places = async () =>
    (await database.query("select place from attempted order by place")).map((row) => row["place"]);
  const classOf = (error: unknown) => (error instanceof DependencyError ? error.errorClass : error);
  /** Adds the places of each work, and commits; answers what each failed with. */
  const attempt = (works: (tx: Transaction) => readonly (() => Promise<unknown>)[], within = store) =>
    within.transaction(async (tx) => {
      await tx.list(add, [0]);
      const failures = await tx.attemptEach(works(tx));
      return { commit: true, value: failures.map(classOf), writes: [tx.list(add, [99])] };
    }, neverAborted());
  const adding = (tx: Transaction, wanted: readonly number[]) => () =>
    Promise.all(wanted.map((place) => tx.list(add, [place])));

  it("are kept where they succeed, and taken back wholly where they fail", async () => {
    const failures = await attempt((tx) =>
      [[1], [2, 0], [0, 3], [4], [5, 4, 6], [7]].map((wanted) => adding(tx, wanted)),
    );
    assert.deepEqual(failures, [null, taken, taken, null, taken, null]);
    assert.deepEqual(await places(), [0, 1, 4, 7, 99]);
  });

  it("may all fail, and leave the transaction as it was before", async () => {
    assert.deepEqual(await attempt((tx) => [[1, 0], [0]].map((wanted) => adding(tx, wanted))), [taken, taken]);
    assert.deepEqual(await places(), [0, 99]);
  });

  it("are taken back where one fails before its statement is sent", async () => {
    const failures = await attempt((tx) => [
      () => Promise.all([tx.list(add, [1]), Promise.reject(new Error("not sent"))]),
      adding(tx, [2]),
    ]);
    assert.match(String(failures[0]), /not sent/);
    assert.equal(failures[1], null);
    assert.deepEqual(await places(), [0, 2, 99]);
  });

  it("are sent without waiting for the answers of those before", async () => {
    const happened: string[] = [];
    await attempt((tx) =>
      [1, 2, 3].map((place) => async () => {
        happened.push(`start ${place}`);
        await tx.list(add, [place]);
        happened.push(`answer ${place}`);
      }),
    );
    assert.deepEqual(happened, ["start 1", "start 2", "start 3", "answer 1", "answer 2", "answer 3"]);
  });

  it("fail together, and leave nothing, when the connection is lost", async () => {
    await using proxy = await startProxy(database.url);
    await using through = openStore({ url: proxy.url });
    const lost = attempt(
      (tx) => [
        adding(tx, [1]),
        () => {
          setTimeout(() => proxy.breakConnections(), 50);
          return tx.list(hang, []);
        },
        adding(tx, [2]),
      ],
      through,
    );
    await assert.rejects(lost, DependencyError);
    assert.deepEqual(await places(), []);
  });
});
