import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeCases, writeDifferences } from "./difference-text.ts";
import type { ReportedDifference } from "./drift-report.ts";

const surface = { width: 110, hasEmphasis: false };
const dates: ReportedDifference = {
  nomsNumber: "A1002AA",
  fact: "handover",
  class: "date-different",
  outcome: "KeyDateUpdated",
  inMpc: { kind: "dates", handoverDate: "2026-10-01", handoverStartDate: "2026-08-03" },
  inDelius: { keyDates: [{ type: "POM1", date: "2026-08-03" }] },
  deletes: 0,
};
const pom = { officer: "N03A001", name: "Ruth Adeyemi", email: null, provider: "N03", start: "2026-04-02T10:30:00Z" };
const allocation: ReportedDifference = {
  ...dates,
  nomsNumber: "A1001AA",
  fact: "allocation",
  class: "pom-different",
  outcome: "PomEmailUpdated",
  inMpc: {
    kind: "allocated",
    prisonCode: "LEI",
    manager: { code: 7, forename: "Ruth", surname: "Adeyemi", email: "ruth@example.com" },
  },
  inDelius: { poms: [pom] },
};

describe("the cases that differ", () => {
  it("are shown on a terminal, the first 20 of them, and nowhere else", () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ ...dates, nomsNumber: `A10${index + 10}AA` }));
    const shown = describeCases({ isTTY: true, columns: 110 }, many, 30);
    const named = many.filter(({ nomsNumber }) => shown.includes(`${nomsNumber}, handover dates`));
    assert.deepEqual(named, many.slice(0, 20));
    assert.ok(shown.includes("… and 10 differences more: add --csv or --json."));
    const elsewhere = describeCases({ isTTY: false, columns: 110 }, many, 30);
    assert.equal(elsewhere, "Add --csv or --json for the cases, with --to for a file.\n");
    assert.equal(describeCases({ isTTY: true, columns: 110 }, [], 0), "");
  });

  it("show both sides, e-mail too, and what to type next", () => {
    assert.equal(
      writeDifferences(surface, [allocation, dates], 2),
      [
        "A1001AA, POM allocation: pom-different (PomEmailUpdated)",
        "  In Manage POM Cases: The POM is Ruth Adeyemi (NOMIS staff code 7, ruth@example.com) at prison LEI.",
        "  In Delius:           The POM is Ruth Adeyemi (N03A001, no e-mail) at N03, from 02/04/2026 11:30:00.",
        "A1002AA, handover dates: date-different (KeyDateUpdated)",
        "  In Manage POM Cases: Handover start date 03/08/2026, handover date 01/10/2026.",
        "  In Delius:           Handover start date 03/08/2026.",
        "",
        "To see why a case differs:",
        "  npm run explain -- A1001AA",
        "To see what a refresh would write (with --apply it writes):",
        "  npm run refresh -- --noms A1001AA,A1002AA",
        "",
      ].join("\n"),
    );
  });

  it("are twenty at most, and the rest is counted", () => {
    const many = Array.from({ length: 23 }, (_, index) => ({
      ...dates,
      nomsNumber: `A10${String(index).padStart(2, "0")}AA`,
    }));
    const text = writeDifferences(surface, many, 23);
    assert.equal(text.match(/^A10\d\dAA, /gm)?.length, 20);
    assert.match(text, /^… and 3 differences more: add --csv or --json\.$/m);
    assert.match(text, /--noms A1000AA,.*A1019AA$/m);
  });

  const odd: readonly (readonly [different: Partial<ReportedDifference>, says: RegExp])[] = [
    [{ inDelius: { keyDates: [] } }, /In Delius: +No dates\./],
    [{ fact: "allocation", inDelius: { poms: [] } }, /In Delius: +No POM\./],
    [
      { fact: null, class: "error", outcome: "mpc: HTTP 500", inMpc: null, inDelius: null },
      /, the case: error \(mpc: /,
    ],
    [{ class: "same-officer", inMpc: { staffCodes: [1, 2] }, inDelius: { officer: "N03A001" } }, /staff codes 1, 2\./],
  ];
  for (const [different, says] of odd) {
    it(`may be odd: ${says.source}`, () => {
      assert.match(writeDifferences(surface, [{ ...dates, ...different }], 1), says);
    });
  }

  it("suggest no refresh where it would repair nothing", () => {
    assert.doesNotMatch(writeDifferences(surface, [{ ...dates, class: "cannot-apply" }], 1), /refresh/);
  });

  it("command no terminal", () => {
    const poms = [{ ...pom, name: "Ruth\u001B[2J" }];
    assert.ok(!writeDifferences(surface, [{ ...allocation, inDelius: { poms } }], 1).includes("\u001B"));
  });
});
