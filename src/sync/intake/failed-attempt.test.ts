import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "node:test";
import { retryDelay } from "./failed-attempt.ts";

const delays = [1, 10, 60, 600];
const almostOne = 1 - Number.EPSILON;

describe("the backoff of a message (P7)", () => {
  test("grows with every receive, and the last delay repeats", () => {
    const longest = [1, 2, 3, 4, 5, 6].map((receives) => retryDelay(receives, delays, almostOne));
    assert.deepEqual(longest, [1, 10, 60, 600, 600, 600]);
  });

  test("is spread over the whole delay, so that messages that failed together come back apart", () => {
    const spread = [0, 0.25, 0.5, 0.75, almostOne].map((random) => retryDelay(3, delays, random));
    assert.deepEqual(spread, [1, 15, 30, 45, 60]);
  });

  test("is at least a second where there is to be one, and none where there is not", () => {
    assert.deepEqual([retryDelay(1, [1], 0), retryDelay(1, [0], almostOne)], [1, 0]);
  });

  test("is always whole seconds between one, where no delay is nothing, and the longest delay", () => {
    const lists = fc.array(fc.integer({ min: 0, max: 43_200 }), { maxLength: 5 });
    const random = fc.double({ min: 0, max: almostOne, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 1000 }), lists, random, (receives, list, chance) => {
        const delay = retryDelay(receives, list, chance);
        const least = list.includes(0) || list.length === 0 ? 0 : 1;
        assert.ok(Number.isInteger(delay) && delay >= least && delay <= Math.max(0, ...list));
      }),
    );
  });

  test("of a queue that counts no receives is that of the first", () => {
    assert.equal(retryDelay(0, delays, almostOne), 1);
  });
});
