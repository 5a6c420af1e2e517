import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeRun, writeCsvLine, writeJsonLine, writeTable, type ReportedDifference } from "./drift-report.ts";

const difference: ReportedDifference = {
  nomsNumber: "A1001AA",
  fact: "allocation",
  class: "error",
  outcome: "UnknownPrison",
  inMpc: { name: 'Ada "A" Birch' },
  inDelius: null,
  deletes: 0,
};

const ended = { runId: 7, differences: {}, doubledCodes: [] };

describe("a report", () => {
  it("counts every class in a table", () => {
    const table = writeTable({ ...ended, compared: 500, differences: { stale: 12, "pom-extra": 1 } });
    assert.match(table, /^Reconciliation run 7: 500 cases compared\.\n/);
    assert.match(table, / {2}stale +12\n/);
    assert.match(table, / {2}date-missing +0\n/);
    assert.match(table, /13 differences\.\n$/);
  });

  it("says when there is no difference", () => {
    const end = (compared: number) =>
      writeTable({ ...ended, compared })
        .split("\n")
        .at(-2);
    assert.equal(end(500), "Delius equals Manage POM Cases in all 500 cases compared.");
    assert.equal(end(1), "Delius equals Manage POM Cases in the case compared.");
  });

  it("never says so where nothing was compared", () => {
    const text = writeTable({ ...ended, compared: 0 });
    assert.match(text, /^Reconciliation run 7: 0 cases compared\.\nNothing was compared, /);
    assert.doesNotMatch(text, /equals/);
  });

  it("names the officer codes that several officers carry, the first ten of them", () => {
    const endOf = (doubledCodes: readonly string[]) =>
      writeTable({ ...ended, compared: 500, doubledCodes }).split("in all 500 cases compared.\n")[1];
    assert.equal(endOf([]), "");
    assert.equal(endOf(["N03A017"]), "1 officer code stands for several live officers in Delius: N03A017.\n");
    const twelve = Array.from({ length: 12 }, (_, index) => `N03A0${10 + index}`);
    assert.match(endOf(twelve) ?? "", /^12 officer codes stand for .*: N03A010, .*, N03A019 and 2 more\.\n$/);
    const most = Array.from({ length: 100 }, (_, index) => `N03A${100 + index}`);
    assert.match(endOf(most) ?? "", /^at least 100 officer codes stand for .* and 90 more\.\n$/);
  });

  it("counts one as one", () => {
    const text = writeTable({ ...ended, compared: 1, differences: { stale: 1 } });
    assert.match(text, /: 1 case compared\.\n[^]*\n1 difference\.\n$/);
  });

  it("quotes what CSV needs quoted", () => {
    const line = 'A1001AA,allocation,error,UnknownPrison,"{""name"":""Ada \\""A\\"" Birch""}",null\r\n';
    assert.equal(writeCsvLine(difference), line);
  });

  for (const sign of ["=", "+", "-", "@", "\t", "\r"]) {
    it(`takes a cell that begins with ${JSON.stringify(sign)} for no formula`, () => {
      const line = writeCsvLine({ ...difference, outcome: `${sign}1`, inMpc: null });
      assert.ok(line.includes(`'${sign}1`), line);
    });
  }

  it("is a line of JSON for each difference", () => {
    const { deletes: _, ...told } = difference;
    assert.deepEqual(JSON.parse(writeJsonLine(difference)), told);
  });
});

describe("the end of a run", () => {
  const read = { areNamedRead: true };
  const table = [
    { what: "all cases were compared", run: { compared: 500, failed: 0, ...read }, code: 0, says: /^$/ },
    { what: "nothing was compared", run: { compared: 0, failed: 0, ...read }, code: 1, says: /^$/ },
    {
      what: "one that was named was not read",
      run: { compared: 2, failed: 0, areNamedRead: false },
      code: 1,
      says: /^$/,
    },
    {
      what: "one case failed",
      run: { compared: 500, failed: 1, ...read },
      code: 0,
      says: /^1 of 500 cases [^.]*\.\n$/,
    },
    {
      what: "fewer than half failed",
      run: { compared: 5, failed: 2, ...read },
      code: 0,
      says: /^2 of 5 cases [^.]*\.\n$/,
    },
    {
      what: "half failed",
      run: { compared: 4, failed: 2, ...read },
      code: 1,
      says: /^2 of 4 cases .* nothing about the rest/,
    },
    {
      what: "all failed",
      run: { compared: 500, failed: 500, ...read },
      code: 1,
      says: /^500 of 500 .* run it again\.\n$/,
    },
    { what: "the only case failed", run: { compared: 1, failed: 1, ...read }, code: 1, says: /^1 of 1 case could/ },
  ];
  for (const { what, run, code, says } of table) {
    it(`is ${code} where ${what}`, () => {
      const judged = judgeRun(run);
      assert.equal(judged.code, code);
      assert.match(judged.text, says);
    });
  }
});
