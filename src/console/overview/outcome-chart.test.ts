import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawOutcomes, type Count } from "./outcome-chart.ts";

const since = Date.parse("2026-11-28T00:00:00Z");
const hour = 3_600_000;
const draw = (...counts: readonly Count[]) => drawOutcomes(counts, { since, seconds: 3_600, number: 24 });

describe("the chart of outcomes", () => {
  it("stacks the classes of an hour without a gap, as high as their numbers say", () => {
    const at = since + 3 * hour;
    const { bars } = draw({ at, outcomeClass: "written", facts: 6 }, { at, outcomeClass: "quarantined", facts: 3 });
    assert.deepEqual(
      bars.map(({ name }) => name),
      ["written", "quarantined"],
    );
    const [written, quarantined] = bars;
    assert.ok(written && quarantined);
    assert.equal(written.x, quarantined.x);
    assert.ok(Math.abs(written.height - 2 * quarantined.height) < 1e-9);
    assert.ok(Math.abs(quarantined.y + quarantined.height - written.y) < 1e-9);
  });

  it("says the same as a table, newest first and without empty hours", () => {
    const { rows, totals } = draw(
      { at: since, outcomeClass: "waiting", facts: 1_234 },
      { at: since + 5 * hour, outcomeClass: "no change", facts: 1 },
    );
    assert.deepEqual(rows, [
      { from: "28 November 2026 at 05:00", cells: ["0", "1", "0", "0"] },
      { from: "28 November 2026 at 00:00", cells: ["0", "0", "1,234", "0"] },
    ]);
    assert.deepEqual(
      totals.map(({ text }) => text),
      ["0", "1", "1,234", "0"],
    );
  });

  it("is empty where nothing came, and leaves out what is outside it", () => {
    assert.equal(draw().isEmpty, true);
    assert.equal(draw({ at: since - hour, outcomeClass: "written", facts: 1 }).isEmpty, true);
  });

  it("marks hours within a day, and days over several", () => {
    assert.match(draw().marks[0]?.text ?? "", /^00:00$/);
    const week = drawOutcomes([], { since, seconds: 6 * 3_600, number: 28 });
    assert.equal(week.marks[0]?.text, "28 Nov");
  });
});
