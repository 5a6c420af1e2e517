import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Transaction } from "../../src/platform/database/database.ts";
import { isPassing } from "../../src/platform/process/retry-transient.ts";
import { lockIdentifiers, lockPersons, lookUp } from "../../src/sync/pipeline/lookup-store.ts";
import { crnSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { providerIdSchema } from "../../src/delius/staff/officer.ts";
import { lockProvider } from "../../src/delius/staff/staff-store.ts";
import {
  createTestDatabase,
  openStore,
  rehearse,
  sessionOf,
  untilBlocked,
  type TestDatabase,
} from "../support/test-database.ts";

const persons = (...ids: readonly number[]) => ids.map((id) => offenderIdSchema.parse(id));

const locks: Readonly<
  Record<string, { take: (tx: Transaction) => Promise<void>; other: (tx: Transaction) => Promise<void> }>
> = {
  "a person": { take: (tx) => lockPersons(tx, persons(1)), other: (tx) => lockPersons(tx, persons(2)) },
  "an identifier": { take: (tx) => lockIdentifiers(tx, ["A1001AA"]), other: (tx) => lockIdentifiers(tx, ["A1002AA"]) },
  "a provider": {
    take: (tx) => lockProvider(tx, providerIdSchema.parse(1)),
    other: (tx) => lockProvider(tx, providerIdSchema.parse(2)),
  },
};

describe("locks", () => {
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

  /** Takes a lock that another transaction holds; it resolves when the lock is had. */
  async function holdWhile<Value>(
    take: (tx: Transaction) => Promise<unknown>,
    work: (waiting: Promise<void>) => Promise<Value>,
  ) {
    const release = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const first = rehearse(store, async (tx) => {
      await take(tx);
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const session = Promise.withResolvers<number>();
    const second = rehearse(store, async (tx) => {
      session.resolve(await sessionOf(tx));
      await take(tx);
    });
    await untilBlocked(database, await session.promise);
    const value = await work(second);
    release.resolve();
    await Promise.all([first, second]);
    return value;
  }

  for (const [what, { take, other }] of Object.entries(locks)) {
    it(`of ${what} let one transaction in at a time, and do not hinder those of another`, async () => {
      await holdWhile(take, () => rehearse(store, other));
    });

    it(`of ${what} may be taken twice by one transaction`, async () => {
      await rehearse(store, async (tx) => {
        await take(tx);
        await take(tx);
      });
    });
  }

  it("of no one are none", async () => {
    await rehearse(store, async (tx) => {
      await lockPersons(tx, []);
      await lockIdentifiers(tx, []);
      await lockPersons(tx, persons(999_999));
    });
  });

  it("of a person do not hinder those who read it or refer to it", async () => {
    await rehearse(store, async (tx) => {
      await lockPersons(tx, persons(4));
      const [row] = await database.query("select crn from offender where offender_id = 4");
      assert.deepEqual(row, { crn: "X100004" });
      await database.query(
        "insert into event (event_id, offender_id, active_flag, soft_deleted, partition_area_id) values (9001, 4, 0, 0, 0)",
      );
    });
  });

  it("wait no longer than the session may, and then pass for another attempt", async () => {
    await using other = await database.hold("select from offender where offender_id = 1 for update");
    const locked = rehearse(store, async (tx) => {
      await tx.script("set local lock_timeout = '20ms'");
      await lockPersons(tx, persons(1));
    });
    await assert.rejects(locked, (error) => isPassing(error));
    await other.rollback();
  });

  it("taken in key order by every set deadlock with none", async () => {
    const ids = persons(1, 2, 3, 4, 5, 6, 7, 8);
    const names = ids.map((id) => `name ${id}`);
    const sets = Array.from({ length: 16 }, (_, round) => round % 2 === 0);
    await Promise.all(
      sets.map((isForward) =>
        rehearse(store, async (tx) => {
          await Promise.all([
            lockIdentifiers(tx, isForward ? names : names.toReversed()),
            lockPersons(tx, isForward ? ids : ids.toReversed()),
          ]);
        }),
      ),
    );
  });

  it("taken before a read that travels with them let the read see what the other committed", async () => {
    await using other = await database.hold("update offender set noms_number = 'A7777AA' where offender_id = 5");
    const session = Promise.withResolvers<number>();
    const crn = crnSchema.parse("X100005");
    const read = rehearse(store, async (tx) => {
      session.resolve(await sessionOf(tx));
      // Both are sent at once: the read's snapshot is taken when the lock has been had.
      const [, [seen]] = await Promise.all([
        lockPersons(tx, persons(5)),
        lookUp(tx, [{ envelope: { inboxKey: "k" }, event: { kind: "event", person: { crn } } }]),
      ]);
      return seen?.persons[0]?.nomsNumber;
    });
    await untilBlocked(database, await session.promise);
    await other.commit();
    assert.equal(await read, "A7777AA");
  });
});
