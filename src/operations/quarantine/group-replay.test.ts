import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fewFirst } from "../action/few-first.ts";
import { decideNext, describeGroupReplay, type BatchCounts, type KeptGroupReplay } from "./group-replay.ts";

const none: BatchCounts = { open: 0, unsent: 0, settled: 0, failed: 0, cancelled: 0 };
const kept: KeptGroupReplay = {
  id: 4,
  group: "UnknownPrison",
  orderedBy: "A",
  reason: "r",
  startedAt: "2026-04-02T11:00:00Z",
  finishedAt: null,
  isCancelled: false,
  isBatchSent: false,
  isLate: false,
  messages: 40,
  batches: 0,
  batch: [],
  settled: 0,
  failed: 0,
  cancelled: 0,
};
const finishedAt = "2026-04-02T11:10:00Z";

const steps: readonly (readonly [
  fact: string,
  run: Partial<KeptGroupReplay>,
  batch: Partial<BatchCounts>,
  next: string,
])[] = [
  ["begins with a few", {}, {}, `replay ${fewFirst} at once`],
  ["waits for all of the first", { batches: 1 }, { open: 1, settled: 4 }, "wait"],
  ["goes on without what is late", { batches: 1, isLate: true }, { open: 1, settled: 1 }, "replay 100 every 100"],
  ["waits for what is not sent yet", { batches: 1, isLate: true }, { open: 2, unsent: 1, settled: 1 }, "wait"],
  ["stops when all of the first are late", { batches: 1, isLate: true }, { open: 5 }, "end"],
  ["goes on when one of the first is repaired", { batches: 1 }, { settled: 1, failed: 4 }, "replay 100 every 100"],
  ["stops when none of the first is repaired", { batches: 1 }, { failed: 5 }, "end"],
  ["stops when the first were cancelled", { batches: 1 }, { cancelled: 5 }, "end"],
  ["goes on when none of a later batch is repaired", { batches: 2 }, { failed: 100 }, "replay 100 every 100"],
  ["waits for what is sent when it is cancelled", { batches: 2, isCancelled: true }, { open: 3 }, "wait"],
  ["ends when it is cancelled", { isCancelled: true }, {}, "end"],
];

describe("the replay of a group", () => {
  for (const [fact, run, batch, expected] of steps) {
    it(fact, () => {
      const next = decideNext({ ...kept, ...run }, { ...none, ...batch });
      const pace =
        next.kind === "replay" ? ` ${next.most} ${next.everyMs === 0 ? "at once" : `every ${next.everyMs}`}` : "";
      assert.equal(`${next.kind}${pace}`, expected);
    });
  }

  it("counts the batches that have ended and the one under way", () => {
    const run = { ...kept, batches: 3, settled: 20, failed: 4, cancelled: 1 };
    const { state, progress } = describeGroupReplay(run, { open: 5, unsent: 2, settled: 3, failed: 1, cancelled: 1 });
    assert.equal(state, "rest");
    assert.deepEqual(progress, { ordered: 40, sent: 31, settled: 23, failed: 5, cancelled: 2 });
  });

  it("counts none as left alone where messages that came later were replayed too", () => {
    const { progress } = describeGroupReplay({ ...kept, finishedAt, settled: 40, failed: 2 }, none);
    assert.equal(progress.cancelled, 0);
  });

  it("counts what it left alone as cancelled, no matter why it ended", () => {
    for (const [end, expected] of [
      [{ isCancelled: true }, "cancelled"],
      [{ batches: 1, settled: 0, failed: 5, finishedAt }, "stopped"],
      [{ batches: 1, finishedAt }, "finished"],
      [{ finishedAt }, "finished"],
    ] as const) {
      const { state, progress } = describeGroupReplay({ ...kept, batches: 2, settled: 3, failed: 2, ...end }, none);
      assert.deepEqual([state, progress.cancelled], [expected, 35]);
    }
  });
});
