import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "node:test";
import { messageOf } from "../../../test/support/intake-stage.ts";
import { keepLog, openMemoryQueue } from "../../../test/support/memory-queue.ts";
import { readMessage } from "../pipeline/message-handler.ts";
import { postponeMessage, retryDelay, type FailureSettings } from "./failed-attempt.ts";

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

describe("a message that is put back without an attempt", () => {
  /** Puts back a message of its fourth receive, where the queue gives up after so many. */
  const putBack = async (maxReceives: number | null, random: number) => {
    const queue = { ...openMemoryQueue(), maxReceives: () => Promise.resolve(maxReceives) };
    const { log, lines } = keepLog();
    const attempts: unknown[] = [];
    const settings: FailureSettings = {
      recordAttempts: async (recorded) => attempts.push(recorded),
      queue,
      log,
      metrics: { count: () => undefined },
      retryDelays: delays,
      random: () => random,
    };
    const { receiptHandle, ...delivery } = messageOf("a", "A1001AA", 4);
    const message = { ...readMessage({ ...delivery, receivedAt: 0 }), receiptHandle, person: "a", failedBy: null };
    await postponeMessage(settings, { ...message, hasFailed: true }, "crowded");
    return { hidden: queue.calls, lines, attempts };
  };

  test("is hidden for half a minute to a minute, and is no failed attempt", async () => {
    const [soon, late] = [await putBack(null, 0), await putBack(null, almostOne)];
    assert.deepEqual(soon.hidden, [{ kind: "hide", receiptHandle: "a", seconds: 30 }]);
    assert.deepEqual(late.hidden, [{ kind: "hide", receiptHandle: "a", seconds: 60 }]);
    assert.deepEqual([soon.attempts, soon.lines.length], [[], 1]);
    assert.match(soon.lines[0] ?? "", /^message put back .*"reason":"crowded","seconds":30/);
  });

  test("is said to go to the dead-letter queue where that was its last receive", async () => {
    const ends = await Promise.all([5, 4].map(async (most) => (await putBack(most, 0)).lines.slice(1)));
    assert.deepEqual(ends[0], []);
    assert.match(ends[1]?.join() ?? "", /^offender-management\.handover\.changed-sent-to-dlq /);
  });
});
