import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Transaction } from "../../src/platform/database/database.ts";
import { isPassing } from "../../src/platform/process/retry-transient.ts";
import { claimMessages, countDuplicates, insertAttempts } from "../../src/sync/pipeline/journal-store.ts";
import type { Claim } from "../../src/sync/fact/outcome.ts";
import { crnSchema, nomsNumberSchema } from "../../src/delius/person/person.ts";
import {
  createTestDatabase,
  neverAborted,
  openStore,
  rehearse,
  sessionOf,
  untilBlocked,
  type TestDatabase,
} from "../support/test-database.ts";

const claimOf = (inboxKey: string, rest: Partial<Claim> = {}): Claim => ({
  inboxKey,
  eventType: "type",
  nomsNumber: null,
  crn: null,
  receivedAt: Date.parse("2026-04-02T10:30:01.102Z"),
  ...rest,
});

const claimAll = async (tx: Transaction, ...keys: readonly string[]) => [
  ...(await claimMessages(
    tx,
    keys.map((key) => claimOf(key)),
  )),
];

describe("the inbox", () => {
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

  it("claims nothing when nothing is asked for", async () => {
    assert.deepEqual(await rehearse(store, (tx) => claimAll(tx)), []);
  });

  it("keeps what a claim says", async () => {
    const person = { nomsNumber: nomsNumberSchema.parse("A1001AA"), crn: crnSchema.parse("X100001") };
    await store.transaction(async (tx) => {
      await claimMessages(tx, [claimOf("whole", person), claimOf("bare", { eventType: null })]);
      return { commit: true, value: null };
    }, neverAborted());
    const rows = await database.query(
      `select inbox_key, event_type, noms_number, crn, received_at, deliveries, last_delivered_at
       from mpc_delius.inbox order by inbox_key`,
    );
    const shared = { received_at: new Date("2026-04-02T10:30:01.102Z"), deliveries: 1, last_delivered_at: null };
    assert.deepEqual(rows, [
      { inbox_key: "bare", event_type: null, noms_number: null, crn: null, ...shared },
      { inbox_key: "whole", event_type: "type", noms_number: "A1001AA", crn: "X100001", ...shared },
    ]);
  });

  it("answers of many keys those that were free", async () => {
    await rehearse(store, async (tx) => {
      assert.deepEqual(await claimAll(tx, "b"), ["b"]);
      assert.deepEqual((await claimAll(tx, "c", "b", "a")).toSorted(), ["a", "c"]);
      assert.deepEqual(await claimAll(tx, "a", "b", "c"), []);
    });
  });

  it("counts each later delivery", async () => {
    await database.query(
      "insert into mpc_delius.inbox (inbox_key, received_at) values ('seen', now()), ('other', now()), ('left alone', now())",
    );
    await countDuplicates(store, ["seen"]);
    await countDuplicates(store, ["seen", "other", "seen", "never seen"]);
    const rows = await database.query(
      `select inbox_key, deliveries, last_delivered_at is not null as again from mpc_delius.inbox
       where inbox_key in ('seen', 'other', 'left alone') order by 1`,
    );
    assert.deepEqual(rows, [
      { inbox_key: "left alone", deliveries: 1, again: false },
      { inbox_key: "other", deliveries: 2, again: true },
      { inbox_key: "seen", deliveries: 4, again: true },
    ]);
  });

  it("keeps failed attempts", async () => {
    await insertAttempts(store, [
      { inboxKey: "k", eventType: null, receives: 3, dependency: "mpc", errorClass: "HTTP 500" },
      { inboxKey: "l", eventType: "some.type", receives: 1, dependency: "database", errorClass: "57P01" },
    ]);
    const rows = await database.query(
      `select inbox_key, event_type, receives, dependency, error_class, failed_at <= now() as past
       from mpc_delius.attempt order by inbox_key`,
    );
    assert.deepEqual(rows, [
      { inbox_key: "k", event_type: null, receives: 3, dependency: "mpc", error_class: "HTTP 500", past: true },
      {
        inbox_key: "l",
        event_type: "some.type",
        receives: 1,
        dependency: "database",
        error_class: "57P01",
        past: true,
      },
    ]);
  });

  describe("while another transaction claims the same key", () => {
    /** Claims a key that another has claimed and not committed; answers what it gets once the other has ended. */
    async function claimBehind(key: string, end: "commit" | "rollback"): Promise<readonly string[]> {
      await using other = await database.hold(
        "insert into mpc_delius.inbox (inbox_key, received_at) values ($1, now())",
        [key],
      );
      const started = Promise.withResolvers<number>();
      const claimed = rehearse(store, async (tx) => {
        started.resolve(await sessionOf(tx));
        return claimAll(tx, "another", key);
      });
      await untilBlocked(database, await started.promise);
      await other[end]();
      return await claimed;
    }

    it("waits, and has it when the other rolls back", async () => {
      assert.deepEqual((await claimBehind("contested 1", "rollback")).toSorted(), ["another", "contested 1"]);
    });

    it("waits, and does not have it when the other commits", async () => {
      assert.deepEqual(await claimBehind("contested 2", "commit"), ["another"]);
    });

    it("gives up in time, as something that passes", async () => {
      await using other = await database.hold(
        "insert into mpc_delius.inbox (inbox_key, received_at) values ('stuck', now())",
      );
      const claimed = rehearse(store, async (tx) => {
        await tx.script("set local lock_timeout = '20ms'");
        return claimAll(tx, "stuck");
      });
      await assert.rejects(claimed, (error) => isPassing(error));
      await other.rollback();
    });

    it("deadlocks with no set that names the same keys in another order", async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `together ${index}`);
      const rounds = Array.from({ length: 12 }, (_, round) => (round % 2 === 0 ? keys : keys.toReversed()));
      const results = await Promise.all(rounds.map((round) => rehearse(store, (tx) => claimAll(tx, ...round))));
      assert.ok(results.every((claimed) => claimed.length === keys.length));
    });
  });
});
