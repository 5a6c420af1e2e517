import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { preparedFor } from "../../test/support/pipeline-fixture.ts";
import { DependencyError } from "../adapters/dependency-error.ts";
import { createGathering } from "./gathering-handler.ts";
import type { Ending, SettleSet } from "./settlement-handler.ts";
import type { Prepared } from "./verdict.ts";

const settled: Ending = { kind: "settled", outcomes: [] };
const running = new AbortController().signal;
const keysOf = (set: readonly Prepared[]) => set.map(({ message }) => message.envelope.inboxKey);

interface Call {
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
  finish(ending?: readonly Ending[] | "alone"): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A settlement that waits for the test at every set. */
function controlled() {
  const calls: Call[] = [];
  const settleSet: SettleSet = (set, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Ending[] | "alone">();
    // What waits for the set runs on before the test does.
    const afterwards = () => new Promise<void>((done) => setImmediate(done));
    const finish = (ending: readonly Ending[] | "alone" = set.map(() => settled)) => {
      resolve(ending);
      return afterwards();
    };
    const fail = (error: unknown) => {
      reject(error);
      return afterwards();
    };
    calls.push({ keys: keysOf(set), signal, finish, fail });
    return promise;
  };
  return { calls, settleSet, sets: () => calls.map(({ keys }) => keys) };
}

/** A settlement that does at once what the test says of a set. */
function immediate(answer: (keys: readonly string[], signal: AbortSignal) => readonly Ending[] | "alone") {
  const sets: (readonly string[])[] = [];
  const settleSet: SettleSet = async (set, signal) => {
    sets.push(keysOf(set));
    return answer(keysOf(set), signal);
  };
  return { sets, settleSet };
}

describe("messages that are ready at the same moment", () => {
  test("share a transaction when they are about different persons", async () => {
    const { calls, settleSet, sets } = controlled();
    const settle = createGathering({ settleSet, random: () => 0, writers: 1, largestSet: 16 });
    const all = Promise.all([1, 2, 3].map((person) => settle(preparedFor(person), running)));
    assert.deepEqual(sets(), [["key-1"]]);
    await calls[0]?.finish();
    assert.deepEqual(sets(), [["key-1"], ["key-2", "key-3"]]);
    await calls[1]?.finish();
    assert.deepEqual(await all, [settled, settled, settled]);
  });

  test("do not share one about the same person, and keep their order", async () => {
    const { calls, settleSet, sets } = controlled();
    const settle = createGathering({ settleSet, random: () => 0, writers: 1, largestSet: 16 });
    const given = [preparedFor(9), preparedFor(1, "a"), preparedFor(1, "b"), preparedFor(2, "c"), preparedFor(1, "d")];
    const all = Promise.all(given.map((one) => settle(one, running)));
    for (let index = 0; index < 4; index += 1) await calls[index]?.finish();
    assert.deepEqual(sets(), [["key-9"], ["a", "c"], ["b"], ["d"]]);
    await all;
  });

  test("do not share one under the same key, nor with one NOMS number that Delius does not know", async () => {
    const { calls, settleSet, sets } = controlled();
    const settle = createGathering({ settleSet, random: () => 0, writers: 1, largestSet: 16 });
    const unknown = (key: string): Prepared => {
      const prepared = preparedFor(1, key);
      return { ...prepared, sighting: { ...prepared.sighting, persons: [] } };
    };
    const given = [preparedFor(9), preparedFor(2, "a"), preparedFor(3, "a"), unknown("b"), unknown("c")];
    const all = Promise.all(given.map((one) => settle(one, running)));
    for (let index = 0; index < 3; index += 1) await calls[index]?.finish();
    assert.deepEqual(sets(), [["key-9"], ["a", "b"], ["a", "c"]]);
    await all;
  });

  test("share one up to the largest set", async () => {
    const { calls, settleSet, sets } = controlled();
    const settle = createGathering({ settleSet, random: () => 0, writers: 1, largestSet: 2 });
    const all = Promise.all([1, 2, 3, 4].map((person) => settle(preparedFor(person), running)));
    for (let index = 0; index < 3; index += 1) await calls[index]?.finish();
    assert.deepEqual(sets(), [["key-1"], ["key-2", "key-3"], ["key-4"]]);
    await all;
  });

  test("are settled by so many writers at once and no more", async () => {
    const { calls, settleSet, sets } = controlled();
    const settle = createGathering({ settleSet, random: () => 0, writers: 2, largestSet: 1 });
    const all = Promise.all([1, 2, 3, 4].map((person) => settle(preparedFor(person), running)));
    assert.deepEqual(sets(), [["key-1"], ["key-2"]]);
    await calls[1]?.finish();
    assert.deepEqual(sets(), [["key-1"], ["key-2"], ["key-3"]]);
    for (const index of [0, 2, 3]) await calls[index]?.finish();
    assert.equal((await all).length, 4);
  });
});

/** Sends one message ahead, so that the others wait and become one set. */
async function settleAsSet(settleSet: SettleSet, messages: readonly Prepared[], signals: readonly AbortSignal[] = []) {
  const settle = createGathering({ settleSet, random: () => 0, writers: 1, largestSet: 16 });
  const all = [preparedFor(9000), ...messages].map((one, index) => settle(one, signals[index - 1] ?? running));
  const [, ...endings] = await Promise.allSettled(all);
  return endings.map((ending) => (ending.status === "fulfilled" ? ending.value.kind : String(ending.reason)));
}

describe("a set of messages", () => {
  const three = [preparedFor(1), preparedFor(2), preparedFor(3)];

  test("that fails is settled one by one, so that a bad case spoils no other", async () => {
    const { sets, settleSet } = immediate((keys) => {
      if (keys.includes("key-2")) throw new Error("bad case");
      return keys.map(() => settled);
    });
    assert.deepEqual(await settleAsSet(settleSet, three), ["settled", "Error: bad case", "settled"]);
    assert.deepEqual(sets.slice(1), [["key-1", "key-2", "key-3"], ["key-1"], ["key-2"], ["key-3"]]);
  });

  test("of which one stands in the way is settled one by one", async () => {
    const { sets, settleSet } = immediate((keys) => (keys.length > 1 ? "alone" : [{ kind: "duplicate" }]));
    assert.deepEqual(await settleAsSet(settleSet, three), ["duplicate", "duplicate", "duplicate"]);
    assert.deepEqual(sets.slice(1), [["key-1", "key-2", "key-3"], ["key-1"], ["key-2"], ["key-3"]]);
  });

  test("gives each message its own ending", async () => {
    const { settleSet } = immediate((keys) => keys.map((key) => (key === "key-2" ? { kind: "start over" } : settled)));
    assert.deepEqual(await settleAsSet(settleSet, three), ["settled", "start over", "settled"]);
  });

  test("that ends without one of its messages fails that one", async () => {
    const { settleSet } = immediate((keys) => keys.slice(0, 2).map(() => settled));
    const [first, second, third] = await settleAsSet(settleSet, three);
    assert.deepEqual([first, second], ["settled", "settled"]);
    assert.match(third ?? "", /without one of its messages/);
  });

  test("is given up when one message's time is up, which the others survive", async () => {
    const late = new AbortController();
    const { sets, settleSet } = immediate((keys, signal) => {
      if (keys.length === 1) signal.throwIfAborted();
      else late.abort(new Error("time is up"));
      if (keys.length > 1) signal.throwIfAborted();
      return keys.map(() => settled);
    });
    const endings = await settleAsSet(settleSet, three, [running, late.signal]);
    assert.deepEqual(endings, ["settled", "Error: time is up", "settled"]);
    assert.deepEqual(sets.slice(1), [["key-1", "key-2", "key-3"], ["key-1"], ["key-2"], ["key-3"]]);
  });
});

describe("a message that stands alone", () => {
  const settleOne = (settleSet: SettleSet) =>
    createGathering({ settleSet, random: () => 0, writers: 1, largestSet: 16 })(preparedFor(1), running);

  test("is tried again at once when somebody was faster, three times in all", async () => {
    const { sets, settleSet } = immediate(() => {
      throw new DependencyError("database", "40001");
    });
    await assert.rejects(settleOne(settleSet), { name: "DependencyError", errorClass: "40001" });
    assert.equal(sets.length, 3);
  });

  test("is settled by the try that succeeds", async () => {
    const { sets, settleSet } = immediate(() => {
      if (sets.length < 3) throw new DependencyError("database", "23P01");
      return [settled];
    });
    assert.deepEqual(await settleOne(settleSet), settled);
  });

  test("fails at once for any other reason", async () => {
    const { sets, settleSet } = immediate(() => {
      throw new DependencyError("database", "57014");
    });
    await assert.rejects(settleOne(settleSet), { errorClass: "57014" });
    assert.equal(sets.length, 1);
  });

  test("that is not settled even so is a fault of the program", async () => {
    const { settleSet } = immediate(() => "alone");
    await assert.rejects(settleOne(settleSet), /was not settled/);
  });

  test("leaves the way free for the next one after a failure", async () => {
    const { sets, settleSet } = immediate(() => {
      if (sets.length === 1) throw new Error("bad case");
      return [settled];
    });
    const settle = createGathering({ settleSet, random: () => 0, writers: 1, largestSet: 16 });
    await assert.rejects(settle(preparedFor(1), running), /bad case/);
    assert.deepEqual(await settle(preparedFor(2), running), settled);
  });
});
