import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, it } from "node:test";
import { coalesce } from "./work-limits.ts";
import { DependencyError } from "./dependency-error.ts";

/** A source whose reads end when the test says so. */
function openSource() {
  const reads: { readonly keys: readonly string[]; readonly end: PromiseWithResolvers<readonly string[]> }[] = [];
  return {
    read: (keys: readonly string[]) => {
      const end = Promise.withResolvers<readonly string[]>();
      reads.push({ keys, end });
      return end.promise;
    },
    keys: () => reads.map((read) => read.keys),
    answer: async (index: number) => {
      const read = reads[index];
      read?.end.resolve(read.keys.map((key) => key.toUpperCase()));
      await nextTurn();
    },
    fail: async (index: number, error: Error) => {
      reads[index]?.end.reject(error);
      await nextTurn();
    },
  };
}

const settings = { most: 4, parallel: 2 };

describe("calls that wait at the same moment", () => {
  it("share one read when they come in one turn, and each gets its own values in its own order", async () => {
    const source = openSource();
    const find = coalesce(source.read, settings);
    const calls = [find(["b", "a"]), find(["c"]), find([])];
    await nextTurn();
    await source.answer(0);
    assert.deepEqual(await Promise.all(calls), [["B", "A"], ["C"], []]);
    assert.deepEqual(source.keys(), [["b", "a", "c"]]);
  });

  it("share one read when they come within the time that the first may wait for others", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const source = openSource();
    const find = coalesce(source.read, { ...settings, gatherMs: 100 });
    const calls = [find(["a"])];
    await nextTurn();
    t.mock.timers.tick(99);
    calls.push(find(["b"]));
    await nextTurn();
    assert.deepEqual(source.keys(), []);
    t.mock.timers.tick(1);
    await source.answer(0);
    assert.deepEqual(await Promise.all(calls), [["A"], ["B"]]);
    assert.deepEqual(source.keys(), [["a", "b"]]);
  });

  it("share the next read when they come while all reads are under way", async () => {
    const source = openSource();
    const find = coalesce(source.read, settings);
    const calls: Promise<readonly string[]>[] = [];
    for (const key of ["a", "b", "c", "d", "e"]) {
      calls.push(find([key]));
      await nextTurn();
    }
    assert.deepEqual(source.keys(), [["a"], ["b"]]);
    await source.answer(1);
    assert.deepEqual(source.keys(), [["a"], ["b"], ["c", "d", "e"]]);
    await source.answer(0);
    await source.answer(2);
    assert.deepEqual(await Promise.all(calls), [["A"], ["B"], ["C"], ["D"], ["E"]]);
    assert.equal(source.keys().length, 3);
  });

  it("share a read up to its limit, and a call beyond it is read whole and alone", async () => {
    const source = openSource();
    const find = coalesce(source.read, { most: 3, parallel: 9 });
    const calls = [find(["a", "b"]), find(["c"]), find(["d", "e", "f", "g"]), find(["h"])];
    await nextTurn();
    assert.deepEqual(source.keys(), [["a", "b", "c"], ["d", "e", "f", "g"], ["h"]]);
    await Promise.all([0, 1, 2].map((index) => source.answer(index)));
    await Promise.all(calls);
  });

  it("fail together when what they read from fails, and the next call reads anew", async () => {
    const source = openSource();
    const find = coalesce(source.read, settings);
    const down = new DependencyError("database", "ECONNREFUSED");
    const calls = Promise.allSettled([find(["a"]), find(["b"])]);
    await nextTurn();
    await source.fail(0, down);
    assert.deepEqual(await calls, [
      { status: "rejected", reason: down },
      { status: "rejected", reason: down },
    ]);
    const later = find(["a"]);
    await nextTurn();
    await source.answer(1);
    assert.deepEqual(await later, ["A"]);
  });

  it("do not fail with one whose own data cannot be read", async () => {
    const fault = new Error("This row is not as it has to be.");
    const find = coalesce(
      (keys: readonly string[]) => (keys.includes("bad") ? Promise.reject(fault) : Promise.resolve(keys)),
      settings,
    );
    assert.deepEqual(await Promise.allSettled([find(["a"]), find(["bad"]), find(["c"])]), [
      { status: "fulfilled", value: ["a"] },
      { status: "rejected", reason: fault },
      { status: "fulfilled", value: ["c"] },
    ]);
  });
});
