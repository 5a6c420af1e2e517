import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import type { Database, Transaction } from "../../src/platform/database/database.ts";
import { isPassing } from "../../src/platform/process/retry-transient.ts";
import { noTracing } from "../../src/platform/process/tracing.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { createAllocationHandler } from "../../src/sync/allocation/allocation-handler.ts";
import { handoverSchema } from "../../src/sync/handover/handover-answer.ts";
import { createHandoverHandler } from "../../src/sync/handover/handover-store.ts";
import { lookUp } from "../../src/sync/pipeline/lookup-store.ts";
import { readMessage } from "../../src/sync/pipeline/message-handler.ts";
import { type Prepared } from "../../src/sync/pipeline/prepared-message.ts";
import { createSettleBatch, type Observers, type SettleBatch, type Way } from "../../src/sync/pipeline/settle-batch.ts";
import { custodyOf, handoverEvent, nomsOf, plainCases, toNotification } from "../support/messages.ts";
import { deliveryOf, mpcOrigin } from "../support/pipeline-fixture.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

const username = "ManagePomCasesAndDelius";
const refused = [2, 5];
const people = 8;
const handlers = {
  handover: createHandoverHandler({ nullDates: "delete", username }),
  allocation: createAllocationHandler({ username, isPreview: false }),
};

const observers: Observers = { metrics: { observe: () => undefined }, tracing: noTracing, uptime: () => 0 };

describe("a set of messages of which the database refuses the rows of two", () => {
  let database: TestDatabase;
  let store: Database;
  let settle: SettleBatch;
  before(async () => {
    database = await createTestDatabase();
    await seedCases(database.url, plainCases(people));
    await database.query(`create function refuse() returns trigger language plpgsql as $$ begin
      raise 'not this one' using errcode = 'internal_error';
    end $$`);
    await database.query(`create trigger refuse before insert on key_date for each row
      when (new.custody_id in (${refused.map(custodyOf).join()})) execute function refuse()`);
    store = openStore(database);
    settle = createSettleBatch(store, handlers, observers);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  /** An event about the handover dates of each person, as it stands when all are ready to be settled. */
  const prepareAll = (part: string, date = "2031-07-01"): Promise<readonly Prepared[]> =>
    Promise.all(
      Array.from({ length: people }, async (_, person) => {
        const event = handoverEvent(mpcOrigin, nomsOf(person));
        const message = readMessage(deliveryOf(toNotification(event, `${part}-${person}`)));
        const [lookup] = await lookUp(store, [message]);
        assert.ok(lookup);
        const answer = handoverSchema.safeParse({ handoverDate: date, handoverStartDate: null }).data;
        assert.ok(answer);
        return { message, lookup, preparedFacts: [{ kind: "answer", fact: "handover", answer }] };
      }),
    );
  const endingsOf = async (set: readonly Prepared[], way: Way) => {
    const endings = await settle(set, { signal: neverAborted(), way });
    assert.ok(!("alone" in endings));
    return endings.map((ending) => {
      if (ending.kind !== "failed") return ending.kind;
      return ending.error instanceof DependencyError ? ending.error.errorClass : String(ending.error);
    });
  };
  const places = async (statement: string) => (await database.query(statement)).map((row) => Number(row["person"]));
  const claimed = (part: string) =>
    places(`select split_part(inbox_key, '-', 2) as person from mpc_delius.inbox
      where inbox_key like '${part}-%' order by 1`);
  const journalled = (part: string) =>
    places(`select split_part(inbox_key, '-', 2) as person from mpc_delius.journal
      where inbox_key like '${part}-%' order by 1`);
  const dated = (date = "2031-07-01") =>
    places(`select custody_id / 10 - 1000 as person from key_date where key_date = '${date}' order by 1`);
  const all = Array.from({ length: people }, (_, person) => person);
  const well = all.filter((person) => !refused.includes(person));
  const expected = all.map((person) => (refused.includes(person) ? "XX000" : "settled"));

  it("is settled but for these two, of whom no claim and no row is left", async () => {
    const set = await prepareAll("first");
    await assert.rejects(endingsOf(set, "together"), { errorClass: "XX000" });
    for (const rows of [await claimed("first"), await journalled("first"), await dated()]) assert.deepEqual(rows, []);
    assert.deepEqual(await endingsOf(set, { groupsOf: 1 }), expected);
    for (const rows of [await claimed("first"), await journalled("first"), await dated()]) assert.deepEqual(rows, well);
  });

  it("is settled so in groups too, those of a group that fails one by one", async () => {
    const set = await prepareAll("groups", "2031-08-01");
    assert.deepEqual(await endingsOf(set, { groupsOf: 5 }), expected);
    assert.deepEqual(await claimed("groups"), well);
    assert.deepEqual(await journalled("groups"), well);
    assert.deepEqual(await dated("2031-08-01"), well);
  });

  it("is blocked by those who were settled meanwhile, and leaves nothing then", async () => {
    const set = await prepareAll("first");
    const blocked = await settle(set, { signal: neverAborted(), way: { groupsOf: 1 } });
    assert.deepEqual(blocked, { alone: well });
    assert.deepEqual(await claimed("first"), well);
  });

  it("leaves those after a failure, on a connection that has settled nothing yet, to be tried again at once", async () => {
    await using fresh = openStore(database);
    const [first, ...others] = await prepareAll("second");
    const refusedOne = (await prepareAll("third"))[2];
    assert.ok(first && refusedOne);
    const endings = await createSettleBatch(
      fresh,
      handlers,
      observers,
    )([refusedOne, first, ...others.slice(2, 4)], {
      signal: neverAborted(),
      way: { groupsOf: 1 },
    });
    assert.ok(!("alone" in endings));
    const [ofRefused, ...ofOthers] = endings;
    assert.ok(ofRefused?.kind === "failed" && !isPassing(ofRefused.error));
    for (const ending of ofOthers) assert.ok(ending.kind !== "failed" || isPassing(ending.error), ending.kind);
  });

  /** Settles as the service does, and answers which limits of waits each transaction set. */
  const watchLimits = async (set: readonly Prepared[], way: Way) => {
    const limits: (readonly unknown[])[] = [];
    const watch = (tx: Transaction): Transaction => ({
      ...tx,
      list: (statement, values) => {
        if (statement.name === "limit-waits") limits.push(values);
        return tx.list(statement, values);
      },
    });
    const watched: Database = {
      ...store,
      transaction: (work, signal) => store.transaction((tx) => work(watch(tx)), signal),
    };
    await createSettleBatch(watched, handlers, observers)(set, { signal: neverAborted(), way }).catch(() => undefined);
    return limits;
  };

  it("shares the time that the database may wait for locks and run statements", async () => {
    const set = await prepareAll("fourth");
    for (const way of [{ groupsOf: 5 }, { groupsOf: 1 }] as const) {
      assert.deepEqual(await watchLimits(set, way), [["32", "1250"]]);
    }
    assert.deepEqual(await watchLimits(set, "together"), [["250", "10000"]]);
  });

  it("is settled wholly once the database takes them, under the same keys", async () => {
    await database.query("drop trigger refuse on key_date");
    const set = (await prepareAll("first")).filter((_, person) => refused.includes(person));
    assert.deepEqual(await endingsOf(set, { groupsOf: 1 }), ["settled", "settled"]);
    for (const rows of [await claimed("first"), await journalled("first"), await dated()]) assert.deepEqual(rows, all);
  });
});
