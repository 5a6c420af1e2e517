import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { viewRun, writeDifference, type RunPage } from "./run-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const difference: RunPage["differences"][number] = {
  id: 7,
  offenderId: 1001,
  nomsNumber: "A1001AA",
  fact: "handover",
  class: "date-different",
  outcome: "KeyDateUpdated",
  inMpc: { kind: "dates", handoverDate: "2026-10-01", handoverStartDate: null },
  inDelius: { keyDates: [{ type: "POM2", date: "2026-10-08" }] },
  deletes: 0,
};
const run: RunPage["run"] = {
  id: 3,
  startedAt: "2026-11-28T02:15:00Z",
  finishedAt: "2026-11-28T02:46:00Z",
  state: "finished",
  progress: 1,
  selection: { all: true },
  compared: 87_214,
  differences: { "date-different": 1_200, stale: 0 },
};
const view = (rest: Partial<RunPage> = {}) =>
  viewRun({ run, wanted: undefined, differences: [difference], next: undefined, isFirst: true, ...rest }, now);

describe("the page of a run", () => {
  it("counts the classes that there are, each with a link to its people", () => {
    const { classes, total } = view();
    assert.deepEqual(
      classes.map(({ title, number, href }) => [title, number, href]),
      [["Date different", "1,200", "/console/reconciliation/3?class=date-different#people"]],
    );
    assert.equal(total, "1,200 differences");
  });

  it("keeps the class in the links to more people and to the file", () => {
    const { wanted, next, csv } = view({ wanted: "date-different", next: "older" });
    assert.equal(wanted, "Date different");
    assert.equal(next, "/console/reconciliation/3?class=date-different&before=older#people");
    assert.equal(csv, "/console/reconciliation/3/differences.csv?class=date-different");
  });

  for (const [fact, what] of [
    ["handover", "handover dates"],
    ["allocation", "POM"],
    [null, "the case"],
  ] as const) {
    it(`says that a person differs in ${what}`, () => {
      const [person] = view({ differences: [{ ...difference, fact }] }).people;
      assert.deepEqual([person?.what, person?.href], [what, "/console/cases/A1001AA"]);
    });
  }

  it("says nothing of differences until the run is finished", () => {
    const { differences: _, finishedAt: __, ...open } = run;
    const { classes, total, progress } = view({ run: { ...open, state: "running", progress: 0.5 }, differences: [] });
    assert.deepEqual([classes, total, progress === null], [[], "", false]);
  });

  it("writes both sides of a difference, and what puts it right, into a line of the file", () => {
    assert.match(
      writeDifference(difference),
      /^A1001AA,handover dates,Date different,KeyDateUpdated,.*1 October 2026.*,.*8 October 2026.*,Repair\r\n$/,
    );
  });
});
