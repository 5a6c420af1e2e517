import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { axisOf, placeOn, scaleOf, type TimeAxis } from "./time-axis.ts";

const axis = (from: string, to: string): TimeAxis => ({ from: Date.parse(from), to: Date.parse(to) });
const labels = (from: string, to: string) => scaleOf(axis(from, to)).map(({ label }) => label);

describe("a time axis", () => {
  it("leaves a margin on both sides of what it shows", () => {
    const shown = axisOf([Date.parse("2026-01-01T00:00:00Z"), Date.parse("2026-04-11T00:00:00Z")]);
    assert.deepEqual(shown, axis("2025-12-29T00:00:00Z", "2026-04-14T00:00:00Z"));
  });

  it("is a month long at least, also around a single moment", () => {
    const moment = Date.parse("2026-04-02T10:30:00Z");
    const shown = axisOf([moment]);
    assert.equal(placeOn(shown, moment), 50);
    assert.ok(shown.to - shown.from > 30 * 24 * 60 * 60 * 1000);
  });

  it("has a scale for any milliseconds of what it shows", () => {
    assert.ok(scaleOf(axisOf([1_775_125_801_203, 1_794_538_654_442])).length > 0);
  });

  it("puts each instant to scale, and what is outside at the edge", () => {
    const shown = axis("2026-01-01T00:00:00Z", "2026-01-11T00:00:00Z");
    const places = ["2025-06-01", "2026-01-01", "2026-01-02", "2026-01-06", "2026-01-11", "2027-01-01"];
    assert.deepEqual(
      places.map((place) => placeOn(shown, Date.parse(`${place}T00:00:00Z`))),
      [0, 0, 10, 50, 100, 100],
    );
  });

  for (const [from, to, wanted] of [
    ["2026-04-01T00:00:00Z", "2026-05-04T12:00:00Z", ["6 Apr", "13 Apr", "20 Apr", "27 Apr", "4 May"]],
    ["2026-04-02T00:00:00Z", "2026-06-02T00:00:00Z", ["13 Apr", "27 Apr", "11 May", "25 May"]],
    ["2026-01-15T00:00:00Z", "2026-05-15T00:00:00Z", ["Feb 2026", "Mar 2026", "Apr 2026", "May 2026"]],
    ["2026-02-01T00:00:00Z", "2027-02-01T12:00:00Z", ["Apr 2026", "Jul 2026", "Oct 2026", "Jan 2027"]],
    ["2024-02-01T00:00:00Z", "2027-02-01T00:00:00Z", ["2025", "2026", "2027"]],
    ["2009-02-01T00:00:00Z", "2027-02-01T00:00:00Z", ["2010", "2015", "2020", "2025"]],
    ["1901-02-01T00:00:00Z", "2027-02-01T00:00:00Z", ["1925", "1950", "1975", "2000", "2025"]],
  ] as const) {
    it(`has few lines from ${from.slice(0, 10)} to ${to.slice(0, 10)}`, () =>
      assert.deepEqual(labels(from, to), wanted));
  }

  it("begins its months when London's do", () => {
    const [line] = scaleOf(axis("2026-05-31T22:00:00Z", "2026-09-15T00:00:00Z"));
    assert.equal(line?.label, "Jun 2026");
    assert.ok(line.x < 0.1);
  });
});
