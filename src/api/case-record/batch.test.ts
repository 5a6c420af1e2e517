import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerBatch, readBatch } from "./batch.ts";

function found(text: string, crns: readonly string[], known: { readonly email?: null } = { email: null }) {
  const cases = crns.map((crn) => ({
    crn,
    nomsNumber: null,
    tier: null,
    allocationDecision: null,
    manager: null,
    registrations: [],
  }));
  return { text, cases, email: known.email };
}

describe("a batch", () => {
  it("looks up what it can read, in the order asked, and keeps the rest as it was written", () => {
    const { asked, invalid } = readBatch(["A1001AA", "nobody", "x100001", "", " X100002 "]);
    assert.deepEqual(asked, [
      { text: "A1001AA", identifier: { nomsNumber: "A1001AA" } },
      { text: "x100001", identifier: { crn: "X100001" } },
      { text: " X100002 ", identifier: { crn: "X100002" } },
    ]);
    assert.deepEqual(invalid, ["nobody", ""]);
  });

  it("looks up once what is asked for twice, also in another letter case", () => {
    const { asked, invalid } = readBatch(["x100001", "X100001", "nobody", "x100001", "nobody", "NOBODY"]);
    assert.deepEqual(
      asked.map(({ text }) => text),
      ["x100001"],
    );
    assert.deepEqual(invalid, ["nobody", "NOBODY"]);
  });

  it("answers every identifier in one list: found, not found or ambiguous, invalid, unavailable", () => {
    const findings = [
      found("X100003", ["X100003"]),
      found("X999999", []),
      found("A1000AA", ["X100005", "X100006"]),
      found("X100004", ["X100004"], {}),
      { text: "X100007", cases: null, email: null },
      found("X100002", ["X100002"]),
    ];
    const { records, ...others } = answerBatch(findings, ["nobody"]);
    assert.deepEqual(
      records.map(({ crn }) => crn),
      ["X100003", "X100002"],
    );
    assert.deepEqual(others, {
      notFound: ["X999999", "A1000AA"],
      invalid: ["nobody"],
      unavailable: ["X100004", "X100007"],
    });
  });

  it("reports a case once that is asked for by both of its numbers", () => {
    const { records } = answerBatch([found("A1001AA", ["X100001"]), found("X100001", ["X100001"])], []);
    assert.deepEqual(
      records.map(({ crn }) => crn),
      ["X100001"],
    );
  });
});
