import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fewFirst } from "../action/few-first.ts";
import { decideStep, judgeFirst, type RunReach, type RunStanding } from "./refresh-step.ts";

const steps: readonly (readonly [fact: string, standing: Partial<RunStanding>, reach: RunReach, next: string])[] = [
  ["sends the first few", { isFirst: true }, { sent: 0, hasMore: true }, `send ${fewFirst}`],
  ["sends what is left of the first few", { isFirst: true }, { sent: 3, hasMore: true }, `send ${fewFirst - 3}`],
  ["sends no more once the first few are sent", { isFirst: true }, { sent: fewFirst, hasMore: true }, "send 0"],
  ["ends where the first few are all", { isFirst: true }, { sent: fewFirst, hasMore: false }, "end"],
  ["is left while it is held", { isFirst: true, isHeld: true }, { sent: fewFirst, hasMore: true }, "leave"],
  ["ends when it is cancelled", { isFirst: true, isCancelled: true }, { sent: 0, hasMore: true }, "end"],
  [
    "ends when it is cancelled while it is held",
    { isHeld: true, isCancelled: true },
    { sent: 5, hasMore: true },
    "end",
  ],
  ["sends all of the rest", {}, { sent: fewFirst, hasMore: true }, "send Infinity"],
  ["sends all at once where it does not start with a few", {}, { sent: 0, hasMore: true }, "send Infinity"],
  ["ends when all are sent", {}, { sent: 20, hasMore: false }, "end"],
];

const judgements = [
  ["waits for those under way", 3, 0, false, "wait"],
  ["waits for those under way also when one has failed", 3, 1, false, "wait"],
  ["continues when all went well", 5, 0, false, "continue"],
  ["is held when one failed", 4, 1, false, "hold"],
  ["is held when all failed", 0, 5, false, "hold"],
  ["is held when one did not end in time", 4, 0, true, "hold"],
  ["continues when all went well at last", 5, 0, true, "continue"],
] as const;

describe("a run of refreshes", () => {
  for (const [fact, standing, reach, expected] of steps) {
    it(fact, () => {
      const next = decideStep({ isCancelled: false, isFirst: false, isHeld: false, ...standing }, reach);
      assert.equal(next.kind === "send" ? `send ${next.most}` : next.kind, expected);
    });
  }

  for (const [fact, settled, failed, isLate, expected] of judgements) {
    it(fact, () => {
      assert.equal(judgeFirst({ sent: 5, settled, failed }, isLate), expected);
    });
  }
});
