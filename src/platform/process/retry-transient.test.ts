import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DependencyError } from "./dependency-error.ts";
import { isPassing, repeatPassing, repeatWhileAway } from "./retry-transient.ts";

const running = new AbortController().signal;
const stale = new DependencyError("database", "40001");

/** Work that fails so often before it succeeds, and counts. */
function failing(times: number, error: unknown) {
  const tries: number[] = [];
  const work = async () => {
    tries.push(tries.length + 1);
    if (tries.length <= times) throw error;
    return "done";
  };
  return { tries, work };
}

describe("a failure passes within moments", () => {
  const rows = [
    { error: stale, passes: true },
    { error: new DependencyError("database", "40P01"), passes: true },
    { error: new DependencyError("database", "55P03"), passes: true },
    { error: new DependencyError("database", "23P01"), passes: true },
    { error: new DependencyError("database", "23505"), passes: true },
    { error: new DependencyError("database", "25P03"), passes: true },
    { error: new DependencyError("database", "26000"), passes: true },
    { error: new DependencyError("database", "57P01"), passes: true },
    { error: new DependencyError("database", "57P03"), passes: true },
    { error: new DependencyError("database", "MPC01"), passes: true },
    { error: new DependencyError("database", "23502"), passes: false },
    { error: new DependencyError("database", "23503"), passes: false },
    { error: new DependencyError("database", "23514"), passes: false },
    { error: new DependencyError("database", "22001"), passes: false },
    { error: new DependencyError("database", "P0001"), passes: false },
    { error: new DependencyError("database", "ECONNRESET"), passes: true },
    { error: new DependencyError("database", "ETIMEDOUT"), passes: false },
    { error: new DependencyError("mpc", "ECONNREFUSED"), passes: true },
    { error: new DependencyError("auth", "ECONNRESET"), passes: true },
    { error: new DependencyError("mpc", "HTTP 502"), passes: true },
    { error: new DependencyError("mpc", "HTTP 503"), passes: false },
    { error: new DependencyError("mpc", "HTTP 401"), passes: false },
    { error: new DependencyError("mpc", "TimeoutError"), passes: false },
    { error: new DependencyError("database", "57014"), passes: false },
    { error: new Error("40001"), passes: false },
    { error: "40001", passes: false },
  ];
  for (const { error, passes } of rows) {
    test(`${passes ? "when it is" : "but not when it is"} ${String(error)}`, () => {
      assert.equal(isPassing(error), passes);
    });
  }
});

describe("work that fails in a way that passes", () => {
  const repeating = { signal: running, random: () => 0 };

  test("is done again, three times in all", async () => {
    const { tries, work } = failing(2, stale);
    assert.equal(await repeatPassing(work, repeating), "done");
    assert.deepEqual(tries, [1, 2, 3]);
  });

  test("fails for good after the third time", async () => {
    const { tries, work } = failing(3, stale);
    await assert.rejects(repeatPassing(work, repeating), stale);
    assert.deepEqual(tries, [1, 2, 3]);
  });

  test("is not done again when it fails in another way", async () => {
    const { tries, work } = failing(1, new Error("a bug"));
    await assert.rejects(repeatPassing(work, repeating), /a bug/);
    assert.deepEqual(tries, [1]);
  });

  test("is not done again when its time is up", async () => {
    const stop = new AbortController();
    const { tries, work } = failing(1, stale);
    const repeated = repeatPassing(work, { signal: stop.signal, random: () => 1000 });
    stop.abort();
    await assert.rejects(repeated, { name: "AbortError" });
    assert.deepEqual(tries, [1]);
  });
});

describe("long work", () => {
  const away = new DependencyError("database", "ECONNREFUSED");

  test("is done again eighteen times while the database is away", async () => {
    const { tries, work } = failing(18, away);
    // No pause at all.
    assert.equal(await repeatWhileAway(work, { signal: running, random: () => -0.5 }), "done");
    assert.equal(tries.length, 19);
  });

  test("fails at once in any other way", async () => {
    // The comparison of cases repeats calls of other services itself.
    const others = [new DependencyError("mpc", "HTTP 500"), new DependencyError("auth", "ECONNREFUSED")];
    for (const error of [stale, ...others, new Error("a bug")]) {
      const { tries, work } = failing(1, error);
      await assert.rejects(repeatWhileAway(work, { signal: running, random: () => 0 }), error);
      assert.deepEqual(tries, [1]);
    }
  });
});
