import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeAnswer, describeChange, describeReason, type Reality, type TimeFormat } from "./change-text.ts";

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

describe("a reason", () => {
  for (const [reason, shown] of [
    ["It is valid from 15/06/2026 14:59:30.", "It is valid from time 2026-06-15T13:59:30.000Z."],
    ["The time of the event, 15/06/2026, counts.", "The time of the event, day 2026-06-15, counts."],
    ["The date 2026-06-15 replaces 2026-06-14.", "The date day 2026-06-15 replaces day 2026-06-14."],
    ["Neither 99/99/2026 99:99:99 nor 2026-99-99 is a day.", "Neither 99/99/2026 99:99:99 nor 2026-99-99 is a day."],
  ] as const) {
    it(`has its times written as elsewhere: ${reason}`, () => assert.equal(describeReason(reason, format), shown));
  }
});
