import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Registration } from "../../delius/person/registration.ts";
import { findMappa, findMappaLevel } from "./risk.ts";

function register(changes: Partial<Registration>): Registration {
  const usual = { type: "MAPP", isRosh: false, level: null, category: null, date: "2026-01-10", reviewDate: null };
  return { ...usual, ...changes };
}

const coded = (code: string) => ({ code, description: `about ${code}` });

describe("MAPPA", () => {
  it("is 0 and has no details without a registration", () => {
    const others = ["DASO", "ALT1"].map((type) => register({ type, level: coded("M3") }));
    assert.deepEqual([findMappa(others), findMappaLevel(others)], [null, 0]);
  });

  it("is that of the latest registration that has a level", () => {
    const latestFirst = [
      register({ category: coded("M4"), date: "2026-03-03" }),
      register({ level: coded("M1"), date: "2026-03-02" }),
      register({ level: coded("M3"), date: "2026-03-01" }),
    ];
    assert.equal(findMappa(latestFirst)?.startDate, "2026-03-02");
    assert.equal(findMappaLevel(latestFirst), 1);
  });

  it("has no level where no registration has one, and shows the latest", () => {
    const latestFirst = [register({ date: "2026-03-03" }), register({ date: "2026-03-02" })];
    assert.equal(findMappa(latestFirst)?.startDate, "2026-03-03");
    assert.equal(findMappaLevel(latestFirst), undefined);
  });

  for (const [code, level, category] of [
    ["M0", 0, 0],
    ["M1", 1, 1],
    ["M2", 2, 2],
    ["M3", 3, 3],
    ["M4", 0, 4],
    ["X9", 0, 0],
    ["m1", 0, 0],
    ["", 0, 0],
    ["constructor", 0, 0],
    ["__proto__", 0, 0],
  ] as const) {
    it(`reads the code "${code}" as level ${level} and as category ${category}`, () => {
      const mappa = findMappa([register({ level: coded(code), category: coded(code) })]);
      assert.deepEqual([mappa?.level, mappa?.category], [level, category]);
    });
  }
});
