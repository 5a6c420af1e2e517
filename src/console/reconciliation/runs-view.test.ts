import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunFacts } from "./run-words.ts";
import { viewRuns } from "./runs-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const run = (id: number, rest: Partial<RunFacts> = {}): RunFacts => ({
  id,
  startedAt: "2026-11-28T02:15:00Z",
  finishedAt: "2026-11-28T02:46:00Z",
  state: "finished",
  progress: 1,
  selection: { all: true },
  compared: 87_214,
  differences: { "date-different": id, stale: 1_000 },
  ...rest,
});
const view = (...runs: readonly RunFacts[]) => viewRuns({ runs, next: undefined, isFirst: true, faults: null }, now);
const { differences: _, finishedAt: __, ...open } = run(9);

describe("the page of reconciliations", () => {
  it("says of a run what it compared, how long it took and what it found", () => {
    const [row] = view(run(3)).rows;
    assert.deepEqual(
      [row?.cases, row?.stateText, row?.took, row?.compared, row?.differencesText, row?.orderedBy],
      ["all cases", "Finished", "31 minutes", "87,214", "1,003", "a command"],
    );
  });

  for (const [selection, text] of [
    [{ prison: "LEI" }, "cases of prison LEI"],
    [{ sample: 1_000 }, "a sample of 1,000 cases"],
    [{ chosen: 1 }, "1 case by number"],
  ] as const) {
    it(`says "${text}"`, () => assert.equal(view(run(1, { selection })).rows[0]?.cases, text));
  }

  it("shows how far the run under way is, and that it reads again at the end", () => {
    const underWay = (share: number) => {
      const { progress } = { ...view({ ...open, state: "running", failed: 3, progress: share }, run(1)).underWay };
      return `${progress?.sentence}: ${progress?.counts.map(({ name, text }) => `${name} ${text}`).join(", ")}`;
    };
    assert.match(underWay(0.416), /^87,214 cases compared, about 41% of all/);
    assert.match(underWay(0.416), /: Ordered about 209,649, Sent 87,214, Settled 87,211, Failed 3$/);
    assert.match(underWay(0), /: Ordered not known yet, /);
    assert.match(underWay(1), /read a second time/);
    assert.equal(view(run(1), { ...open, state: "unfinished" }).underWay, null);
  });

  it("draws the trend of finished runs over all cases, the oldest first", () => {
    const { trend } = view(run(5), { ...open, state: "cancelled" }, run(4, { selection: { sample: 3 } }), run(3));
    assert.deepEqual(
      trend?.bars.map(({ title }) => title),
      ["Run 3, 28 November 2026: 1,003 differences", "Run 5, 28 November 2026: 1,005 differences"],
    );
    assert.equal(
      trend.summary,
      "2 runs over all cases: 1,003 differences in the first, 1,005 differences in the last.",
    );
    assert.equal(view(run(5)).trend, null);
  });
});
