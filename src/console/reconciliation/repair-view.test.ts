import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { viewRepair, viewRepairing } from "./repair-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const view = (removeStale: boolean, [cases, deletes]: readonly [number, number]) =>
  viewRepair({ id: 3, removeStale, preview: { cases, deletes, needsAllowDeletes: deletes > 100 }, faults: null });

describe("the preview of a repair", () => {
  for (const [numbers, expected] of [
    [
      [0, 0],
      ["0 cases", "0 handover dates", true, false],
    ],
    [
      [1, 1],
      ["1 case", "1 handover date", false, false],
    ],
    [
      [1_200, 101],
      ["1,200 cases", "101 handover dates", false, true],
    ],
  ] as const) {
    it(`of ${numbers[0]} says ${expected[0]}, ${expected[1]}`, () => {
      const { cases, deletes, isEmpty, needsAllowDeletes } = view(false, numbers);
      assert.deepEqual([cases, deletes, isEmpty, needsAllowDeletes], expected);
    });
  }

  for (const [cases, pace] of [
    [5, /^$/],
    [6, /^The first 5 go first\. When all of them went well, the other one follows by itself\. Otherwise/],
    [1_200, /When all of them went well, the other 1,195 follow by themselves\. Otherwise the repair is held/],
  ] as const) {
    it(`of ${cases} says what goes first`, () => {
      assert.match(view(false, [cases, 0]).pace, pace);
    });
  }

  it("leads to the one with stale data and back", () => {
    assert.equal(view(false, [1, 1]).other, "/console/reconciliation/3/repair?removeStale=true");
    assert.equal(view(true, [1, 1]).other, "/console/reconciliation/3/repair");
  });
});

const run: Parameters<typeof viewRepairing>[0] = {
  refreshRun: "2026-11-28-1",
  startedBy: "A_PERSON",
  startedAt: "2026-11-28T11:00:00Z",
  state: "rest",
  dryRun: false,
  removeStale: false,
  cases: 3,
  sent: 3,
  settled: 1,
  outcomes: { KeyDateUpdated: 1_200 },
  progress: { ordered: 3, sent: 3, settled: 1, failed: 0, cancelled: 0 },
};

describe("the page of a repair", () => {
  for (const [state, sentence] of [
    ["first", /^The first 5 are sent\. When all of them went well, the rest follows by itself\.$/],
    ["held", /^Of the first 5, 2 did not go well, so the rest is held\./],
    ["rest", null],
    ["finished", null],
    ["cancelled", null],
  ] as const) {
    it(`says what the first few mean for the rest while its state is ${state}`, () => {
      const progress = { ordered: 120, sent: 5, settled: 3, failed: 1, cancelled: 0 };
      const shown = viewRepairing({ ...run, state, progress }, null, now);
      assert.equal(shown.isHeld, state === "held");
      assert.equal(shown.progress.isRunning, state !== "held");
      if (sentence === null) assert.equal(shown.sentence, null);
      else assert.match(shown.sentence ?? "", sentence);
    });
  }

  const finishedAt = "2026-11-28T11:30:00Z";
  for (const [rest, title, mayBeCancelled, isCancelled] of [
    [{}, "Refresh 2026-11-28-1", true, false],
    [{ reconciliationRun: 3 }, "Repair 2026-11-28-1", true, false],
    [{ reconciliationRun: 3, finishedAt }, "Repair 2026-11-28-1", false, false],
    [{ reconciliationRun: 3, cancelledAt: finishedAt }, "Repair 2026-11-28-1", false, true],
  ] as const) {
    it(`of ${JSON.stringify(rest)} is ${title}, which can${mayBeCancelled ? "" : "not"} be cancelled`, () => {
      const shown = viewRepairing({ ...run, ...rest }, null, now);
      assert.deepEqual(
        [shown.title, shown.mayBeCancelled, shown.cancelled !== null],
        [title, mayBeCancelled, isCancelled],
      );
      assert.deepEqual(shown.outcomes, [{ outcome: "KeyDateUpdated", number: "1,200" }]);
      const hasRun = "reconciliationRun" in rest;
      assert.equal(shown.reconciliation, hasRun ? "/console/reconciliation/3" : null);
    });
  }
});
