import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findCutoffs } from "./retention.ts";

const now = Date.parse("2026-04-02T10:00:00Z");
const cut = (retentionDays: number, historyDays: number) => {
  const { retention, history } = findCutoffs(now, { retentionDays, historyDays });
  return [retention, history].map((moment) => new Date(moment).toISOString());
};

describe("what is too old", () => {
  it("is set in days", () => {
    assert.deepEqual(cut(90, 2_190), ["2026-01-02T10:00:00.000Z", "2020-04-03T10:00:00.000Z"]);
  });

  it("is never what the queue may still bring again", () => {
    assert.deepEqual(cut(0, 2_190), ["2026-03-05T10:00:00.000Z", "2020-04-03T10:00:00.000Z"]);
  });

  it("is no history that is younger than the rest", () => {
    assert.deepEqual(cut(90, 30), ["2026-01-02T10:00:00.000Z", "2026-01-02T10:00:00.000Z"]);
  });

  it("is what was over an hour ago, where rows say themselves when they are: clocks of replicas differ", () => {
    assert.equal(
      new Date(findCutoffs(now, { retentionDays: 90, historyDays: 90 }).over).toISOString(),
      "2026-04-02T09:00:00.000Z",
    );
  });
});
