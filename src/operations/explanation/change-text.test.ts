import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeAnswer, describeChange, type Reality, type TimeFormat } from "./change-text.ts";

const format: TimeFormat = { date: (date) => `day ${date}`, time: (instant) => `time ${instant}` };
const describeAs = (change: unknown, reality: Reality = "made") => describeChange(change, { reality, format });

describe("a change in words", () => {
  it("says what was added, with its notes line by line", () => {
    const after = { type: "ROC", at: "2026-07-02T10:30:00.000Z", notes: "One\n\nTwo" };
    assert.deepEqual(describeAs({ record: "contact", before: null, after }), {
      text: "Added: diary entry – type ROC, at time 2026-07-02T10:30:00.000Z",
      notes: ["One", "Two"],
    });
  });

  it("says what was removed", () => {
    const before = { keyDateId: 7, type: "POM1", date: "2026-01-31" };
    assert.deepEqual(describeAs({ record: "key date", before, after: null }), {
      text: "Removed: handover date – no. 7, type POM1, date day 2026-01-31",
      notes: [],
    });
  });

  it("says what differs first, and then which record it is", () => {
    const before = { pomId: 7, email: null, end: null };
    const after = { pomId: 7, email: "a@example.com", end: null };
    assert.equal(
      describeAs({ record: "POM", before, after }).text,
      "Changed: POM – e-mail none → a@example.com (POM no. 7)",
    );
  });

  it("says of a dry run that it would be so", () => {
    const [before, after] = [{ type: "POM1" }, { type: "POM2" }];
    const texts = [
      { before: null, after },
      { before, after: null },
      { before, after },
    ].map((change) => describeAs({ record: "key date", ...change }, "rehearsed").text.split(":")[0]);
    assert.deepEqual(texts, ["Would be added", "Would be removed", "Would be changed"]);
  });

  it("is shown as it is where no one knows its kind", () => {
    assert.deepEqual(describeAs(["odd"]), { text: '["odd"]', notes: [] });
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
      "Handover start date day 2027-01-04, handover date day 2027-03-01.",
    ],
    [
      { kind: "allocated", prisonCode: "LEI", manager: { forename: "Ada", surname: "Evans", email: null } },
      "The POM is Ada Evans (no e-mail) at prison LEI.",
    ],
    [{ kind: "another" }, '{"kind":"another"}'],
  ];
  for (const [answer, words] of answers) {
    it(`reports ${JSON.stringify(answer)}`, () => assert.equal(describeAnswer(answer, format), words));
  }
});
