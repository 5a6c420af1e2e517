import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findRosh } from "./risk.ts";

function register(type: string, date = "2026-01-11", isRosh = true) {
  return { type, isRosh, level: null, category: null, date, reviewDate: null };
}

describe("the risk of serious harm", () => {
  it("is none without a registration whose type stands for it", () => {
    assert.deepEqual(findRosh([register("RHRH", "2026-01-11", false), register("MAPP", "2026-01-12", false)]), {
      kind: "none",
    });
  });

  it("is that of the latest registration, passing over other types", () => {
    const latestFirst = [
      register("MAPP", "2026-03-03", false),
      register("RLRH", "2026-03-02"),
      register("RVHR", "2026-03-01"),
    ];
    assert.deepEqual(findRosh(latestFirst), { kind: "known", rosh: { level: "LOW", startDate: "2026-03-02" } });
  });

  it("is not guessed from an older registration where the latest has a type that is unknown", () => {
    assert.deepEqual(findRosh([register("RXXH"), register("RHRH")]), { kind: "unknown", type: "RXXH" });
  });

  for (const type of ["", "rhrh", "constructor", "__proto__", "toString"]) {
    it(`is unknown for the type "${type}"`, () => {
      assert.deepEqual(findRosh([register(type)]), { kind: "unknown", type });
    });
  }
});
