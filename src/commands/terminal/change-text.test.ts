import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatAnswer, formatChange } from "./change-text.ts";

describe("a change in words", () => {
  it("tells what was added, with its notes line by line", () => {
    const after = { type: "ROC", at: "2026-07-02T10:30:00.000Z", notes: "One\n\nTwo" };
    assert.deepEqual(formatChange({ record: "contact", before: null, after }, "made"), {
      text: "Added: diary entry – type ROC, at 02/07/2026 11:30:00",
      notes: ["One", "Two"],
    });
  });

  it("tells what was removed", () => {
    const before = { keyDateId: 7, type: "POM1", date: "2026-01-31" };
    assert.deepEqual(formatChange({ record: "key date", before, after: null }, "made"), {
      text: "Removed: handover date – no. 7, type POM1, date 31/01/2026",
      notes: [],
    });
  });

  it("tells what differs first, and then which record it is", () => {
    const before = { pomId: 7, email: null, end: null };
    const after = { pomId: 7, email: "a@example.com", end: null };
    assert.equal(
      formatChange({ record: "POM", before, after }, "made").text,
      "Changed: POM – e-mail none → a@example.com (POM no. 7)",
    );
  });

  it("says of a dry run that it would be so", () => {
    const [before, after] = [{ type: "POM1" }, { type: "POM2" }];
    const texts = [
      { before: null, after },
      { before, after: null },
      { before, after },
    ].map((change) => formatChange({ record: "key date", ...change }, "rehearsed").text.split(":")[0]);
    assert.deepEqual(texts, ["Would be added", "Would be removed", "Would be changed"]);
  });

  it("is shown as it is where no one knows its kind", () => {
    assert.deepEqual(formatChange(["odd"], "made"), { text: '["odd"]', notes: [] });
  });
});

describe("an answer of Manage POM Cases in words", () => {
  const answers: readonly (readonly [answer: unknown, words: string])[] = [
    [null, "It was not asked, or its answer could not be used."],
    [{ kind: "noData" }, "It has no handover dates for this case."],
    [{ kind: "deallocated" }, "The case has no POM."],
    [{ kind: "notReady" }, "The case is not ready to be given a POM."],
    [{ kind: "dates", handoverDate: null }, "Handover start date not mentioned, handover date no longer applies."],
    [
      { kind: "dates", handoverDate: "2027-03-01", handoverStartDate: "2027-01-04" },
      "Handover start date 04/01/2027, handover date 01/03/2027.",
    ],
    [
      { kind: "allocated", prisonCode: "LEI", manager: { forename: "Ada", surname: "Evans", email: null } },
      "The POM is Ada Evans (no e-mail) at prison LEI.",
    ],
    [{ kind: "another" }, '{"kind":"another"}'],
  ];
  for (const [answer, words] of answers) {
    it(`tells ${JSON.stringify(answer)}`, () => assert.equal(formatAnswer(answer), words));
  }
});
