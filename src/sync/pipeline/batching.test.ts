import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  controlled,
  gatheringMs,
  immediate,
  nextTurn,
  oneWriter,
  running,
  settled,
} from "../../../test/support/controlled-settling.ts";
import { preparedFor } from "../../../test/support/pipeline-fixture.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { createBatching } from "./batching.ts";
import type { SettleBatch } from "./settle-batch.ts";
import type { Prepared } from "./prepared-message.ts";

describe("messages that are ready at the same moment", () => {
  test("share a transaction when they are about different persons", async () => {
    const { calls, settleBatch, sets } = controlled();
    const { together: settle } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 });
    const all = Promise.all([1, 2, 3].map((person) => settle(preparedFor(person), running)));
    await nextTurn();
    assert.deepEqual(sets(), [["key-1", "key-2", "key-3"]]);
    await calls[0]?.finish();
    assert.deepEqual(await all, [settled, settled, settled]);
  });

  test("do not share one about the same person, and keep their order", async () => {
    const { calls, settleBatch, sets } = controlled();
    const { together: settle } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 });
    const given = [preparedFor(9), preparedFor(1, "a"), preparedFor(1, "b"), preparedFor(2, "c"), preparedFor(1, "d")];
    const all = Promise.all(given.map((one) => settle(one, running)));
    await nextTurn();
    for (let index = 0; index < 3; index += 1) await calls[index]?.finish();
    assert.deepEqual(sets(), [["key-9", "a", "c"], ["b"], ["d"]]);
    await all;
  });

  test("do not share one under the same key, nor with one NOMS number that Delius does not know", async () => {
    const { calls, settleBatch, sets } = controlled();
    const { together: settle } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 });
    const unknown = (key: string): Prepared => {
      const prepared = preparedFor(1, key);
      return { ...prepared, lookup: { ...prepared.lookup, persons: [] } };
    };
    const given = [preparedFor(9), preparedFor(2, "a"), preparedFor(3, "a"), unknown("b"), unknown("c")];
    const all = Promise.all(given.map((one) => settle(one, running)));
    await nextTurn();
    for (let index = 0; index < 2; index += 1) await calls[index]?.finish();
    assert.deepEqual(sets(), [
      ["key-9", "a", "b"],
      ["a", "c"],
    ]);
    await all;
  });

  test("share one up to the largest set", async () => {
    const { calls, settleBatch, sets } = controlled();
    const { together: settle } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 2 });
    const all = Promise.all([1, 2, 3, 4].map((person) => settle(preparedFor(person), running)));
    await nextTurn();
    for (let index = 0; index < 2; index += 1) await calls[index]?.finish();
    assert.deepEqual(sets(), [
      ["key-1", "key-2"],
      ["key-3", "key-4"],
    ]);
    await all;
  });

  test("are settled by so many writers at once and no more", async () => {
    const { calls, settleBatch, sets } = controlled();
    const { together: settle } = createBatching({
      settleBatch,
      random: () => 0,
      writers: { usual: 2, most: 2 },
      largestSet: 1,
    });
    const all = Promise.all([1, 2, 3, 4].map((person) => settle(preparedFor(person), running)));
    await nextTurn();
    assert.deepEqual(sets(), [["key-1"], ["key-2"]]);
    await calls[1]?.finish();
    assert.deepEqual(sets(), [["key-1"], ["key-2"], ["key-3"]]);
    for (const index of [0, 2, 3]) await calls[index]?.finish();
    assert.equal((await all).length, 4);
  });

  test("wait for the set under way, and for no longer than it may be held up", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { calls, settleBatch, sets } = controlled();
    const { together: settle } = createBatching({
      settleBatch,
      random: () => 0,
      writers: { usual: 1, most: 2 },
      largestSet: 16,
    });
    const first = settle(preparedFor(1), running);
    await nextTurn();
    const others = Promise.all([2, 3].map((person) => settle(preparedFor(person), running)));
    await nextTurn();
    context.mock.timers.tick(49);
    assert.deepEqual(sets(), [["key-1"]]);
    context.mock.timers.tick(1);
    assert.deepEqual(sets(), [["key-1"], ["key-2", "key-3"]]);
    const more = settle(preparedFor(4), running);
    await nextTurn();
    context.mock.timers.tick(1_000);
    assert.equal(sets().length, 2, "no more than most");
    await calls[1]?.finish();
    assert.equal((await others).length, 2);
    context.mock.timers.tick(50);
    assert.deepEqual(sets().at(-1), ["key-4"]);
    await calls[2]?.finish();
    await calls[0]?.finish();
    assert.deepEqual(await Promise.all([first, more]), [settled, settled]);
  });
});

async function settleAsBatch(
  settleBatch: SettleBatch,
  messages: readonly Prepared[],
  signals: readonly AbortSignal[] = [],
) {
  const { together: settle } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 });
  const endings = await Promise.allSettled(
    messages.map((message, index) => settle(message, signals[index] ?? running)),
  );
  return endings.map((ending) => (ending.status === "fulfilled" ? ending.value.kind : String(ending.reason)));
}

describe("a set of messages", () => {
  const three = [preparedFor(1), preparedFor(2), preparedFor(3)];

  test("that fails is halved until the bad case is alone, so that it spoils no other", async () => {
    const { sets, settleBatch } = immediate((keys) => {
      if (keys.includes("key-2")) throw new Error("bad case");
      return keys.map(() => settled);
    });
    assert.deepEqual(await settleAsBatch(settleBatch, three), ["settled", "Error: bad case", "settled"]);
    const all = ["key-1", "key-2", "key-3"];
    assert.deepEqual(sets, [all, all, ["key-1", "key-2"], ["key-1"], ["key-2"], ["key-3"], ["key-2"]]);
  });

  test("of 32 that holds one bad case is settled in few transactions", async () => {
    const { sets, settleBatch } = immediate((keys) => {
      if (keys.includes("key-7")) throw new Error("bad case");
      return keys.map(() => settled);
    });
    const { together } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 32 });
    const given = Array.from({ length: 32 }, (_, person) => preparedFor(person));
    const endings = await Promise.allSettled(given.map((one) => together(one, running)));
    assert.equal(endings.filter(({ status }) => status === "fulfilled").length, 31);
    assert.ok(sets.length <= 13, `${sets.length} transactions`);
  });

  test("is smaller after one that failed, so that many bad cases cost the others little, and grows again", async () => {
    const isBad = (key: string) => Number(key.slice("key-".length)) < 600 && key.endsWith("7");
    const { sets, settleBatch } = immediate((keys) => {
      if (keys.some(isBad)) throw new Error("bad case");
      return keys.map(() => settled);
    });
    const { together } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 32 });
    const given = Array.from({ length: 2_000 }, (_, person) => preparedFor(person));
    const endings = await Promise.allSettled(given.map((one) => together(one, running)));
    assert.equal(endings.filter(({ status }) => status === "rejected").length, 60);
    const settlements = sets.flat().filter((key) => !isBad(key)).length;
    assert.ok(settlements < 1.5 * given.length, `${settlements} settlements of ${given.length} messages`);
    assert.equal(Math.max(...sets.slice(-10).map(({ length }) => length)), 32);
  });

  test("of which one blocks the others is settled without it, and that one alone", async () => {
    const { sets, settleBatch } = immediate((keys) => {
      const place = keys.indexOf("key-2");
      if (place >= 0 && keys.length > 1) return { alone: [place] };
      return keys.map((key) => (key === "key-2" ? { kind: "duplicate" } : settled));
    });
    assert.deepEqual(await settleAsBatch(settleBatch, three), ["settled", "duplicate", "settled"]);
    assert.deepEqual(sets, [["key-1", "key-2", "key-3"], ["key-1", "key-3"], ["key-2"]]);
  });

  test("that fails holds up none of its messages for the sake of another", async () => {
    const { calls, settleBatch, sets } = controlled();
    const settings = { settleBatch, random: () => 0, writers: { usual: 2, most: 2 }, largestSet: 16 };
    const { together } = createBatching(settings);
    const all = Promise.all([...three, preparedFor(4)].map((message) => together(message, running)));
    await nextTurn();
    await calls[0]?.fail(new Error("a lock"));
    await calls[1]?.fail(new Error("a lock"));
    assert.deepEqual(sets().slice(2), [
      ["key-1", "key-2"],
      ["key-3", "key-4"],
    ]);
    await calls[3]?.finish();
    await calls[2]?.finish();
    assert.deepEqual(await all, [settled, settled, settled, settled]);
  });

  test("gives each message its own ending", async () => {
    const { settleBatch } = immediate((keys) =>
      keys.map((key) => (key === "key-2" ? { kind: "start over" } : settled)),
    );
    assert.deepEqual(await settleAsBatch(settleBatch, three), ["settled", "start over", "settled"]);
  });

  test("that ends without one of its messages fails that one", async () => {
    const { settleBatch } = immediate((keys) => keys.slice(0, 2).map(() => settled));
    const [first, second, third] = await settleAsBatch(settleBatch, three);
    assert.deepEqual([first, second], ["settled", "settled"]);
    assert.match(third ?? "", /without one of its messages/);
  });

  test("is given up when one message's time is up, which the others survive", async () => {
    const late = new AbortController();
    const { sets, settleBatch } = immediate((keys, signal) => {
      if (keys.length === 1) signal.throwIfAborted();
      else late.abort(new Error("time is up"));
      if (keys.length > 1) signal.throwIfAborted();
      return keys.map(() => settled);
    });
    const endings = await settleAsBatch(settleBatch, three, [running, late.signal]);
    assert.deepEqual(endings, ["settled", "Error: time is up", "settled"]);
    assert.ok(sets.length <= 6, `${sets.length} transactions`);
  });
});

describe("a message that stands alone", () => {
  const settleOne = (settleBatch: SettleBatch) =>
    createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 }).apart(preparedFor(1), running);

  test("is tried again at once when someone was faster, three times in all", async () => {
    const { sets, settleBatch } = immediate(() => {
      throw new DependencyError("database", "40001");
    });
    await assert.rejects(settleOne(settleBatch), { name: "DependencyError", errorClass: "40001" });
    assert.equal(sets.length, 3);
  });

  test("is settled by the try that succeeds", async () => {
    const { sets, settleBatch } = immediate(() => {
      if (sets.length < 3) throw new DependencyError("database", "23P01");
      return [settled];
    });
    assert.deepEqual(await settleOne(settleBatch), settled);
  });

  test("fails at once for any other reason", async () => {
    const { sets, settleBatch } = immediate(() => {
      throw new DependencyError("database", "57014");
    });
    await assert.rejects(settleOne(settleBatch), { errorClass: "57014" });
    assert.equal(sets.length, 1);
  });

  test("that is not settled even so is a fault of the program", async () => {
    const { settleBatch } = immediate(() => ({ alone: [0] }));
    await assert.rejects(settleOne(settleBatch), /was not settled/);
  });

  test("leaves the way free for the next one after a failure", async () => {
    const { sets, settleBatch } = immediate(() => {
      if (sets.length === 1) throw new Error("bad case");
      return [settled];
    });
    const { apart } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 });
    await assert.rejects(apart(preparedFor(1), running), /bad case/);
    assert.deepEqual(await apart(preparedFor(2), running), settled);
  });

  test("whose lock does not come is locked, and is not tried again by the writer", async () => {
    const { sets, settleBatch } = immediate(() => {
      throw new DependencyError("database", "55P03");
    });
    assert.deepEqual(await settleOne(settleBatch), { kind: "locked" });
    assert.equal(sets.length, 1);
  });

  test("takes no writer away from those that settle sets", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { calls, settleBatch, sets } = controlled();
    const settings = { settleBatch, random: () => 0, writers: { usual: 1, most: 2 }, largestSet: 16 };
    const { apart, together } = createBatching(settings);
    const solitary = apart(preparedFor(1), running);
    await nextTurn();
    t.mock.timers.tick(gatheringMs);
    const other = together(preparedFor(2), running);
    await nextTurn();
    assert.deepEqual(sets(), [["key-1"], ["key-2"]]);
    for (const call of calls) await call.finish();
    assert.deepEqual(await Promise.all([solitary, other]), [settled, settled]);
  });

  test("takes one writer at most, however many there are", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { calls, settleBatch, sets } = controlled();
    const settings = { settleBatch, random: () => 0, writers: { usual: 2, most: 3 }, largestSet: 16 };
    const { apart, together } = createBatching(settings);
    const first = apart(preparedFor(1), running);
    await nextTurn();
    t.mock.timers.tick(gatheringMs);
    const others = [2, 3].map((person) => apart(preparedFor(person), running));
    await nextTurn();
    t.mock.timers.tick(gatheringMs);
    const other = together(preparedFor(4), running);
    await nextTurn();
    assert.deepEqual(sets(), [["key-1"], ["key-4"]]);
    await calls[1]?.finish();
    await calls[0]?.finish();
    t.mock.timers.tick(gatheringMs);
    assert.deepEqual(sets().at(-1), ["key-2", "key-3"]);
    await calls[2]?.finish();
    assert.deepEqual(await Promise.all([first, ...others, other]), [settled, settled, settled, settled]);
  });
});
