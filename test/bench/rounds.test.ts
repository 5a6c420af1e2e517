import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeGoal, isReached, writeNumber } from "../../bench/measure.ts";
import { interleave, ratioOf, spreadOf } from "../../bench/rounds.ts";

describe("rounds of a benchmark", () => {
  test("are taken in turn, and the first of each does not count", async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      measure: () => {
        order.push(name);
        return Promise.resolve(order.length);
      },
    });
    const readings = await interleave([contender("one"), contender("other")], 2);
    assert.deepEqual(order, ["one", "other", "one", "other", "one", "other"]);
    assert.deepEqual(
      [...readings.values()],
      [
        [3, 5],
        [4, 6],
      ],
    );
  });

  test("are told by their middle, the least and the most", () => {
    assert.deepEqual(spreadOf([5, 1, 3]), { median: 3, least: 1, most: 5 });
    assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, least: 1, most: 4 });
    assert.throws(() => spreadOf([]), /Nothing was measured/);
  });

  test("are compared round by round", () => {
    assert.deepEqual(ratioOf([10, 20, 90], [5, 10, 30]), { median: 2, least: 2, most: 3 });
  });
});

test("a figure reaches its goal or misses it", () => {
  assert.equal(isReached({ goal: { atLeast: 5 }, median: 5 }), true);
  assert.equal(isReached({ goal: { atLeast: 5 }, median: 4.9 }), false);
  assert.equal(isReached({ goal: { atMost: 0.7 }, median: 0.71 }), false);
  assert.equal(isReached({ goal: undefined, median: 1 }), null);
  assert.equal(describeGoal({ atMost: 0.7 }), "≤ 0.7");
  assert.deepEqual([0.12345, 12.345, 1234.5].map(writeNumber), ["0.123", "12.3", "1,235"]);
});
