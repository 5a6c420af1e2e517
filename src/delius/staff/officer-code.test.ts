import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isUnallocatedOfficer, nextOfficerCode, type HighestNumbers } from "./officer-code.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
const fullTo = (last: string): HighestNumbers =>
  Object.fromEntries(letters.filter((letter) => letter <= last).map((letter) => [letter, 999]));

describe("the next officer code", () => {
  const rows: readonly { name: string; highest: HighestNumbers; code: string | null }[] = [
    { name: "is the very first where there is none", highest: {}, code: "N03A001" },
    { name: "is the highest and one", highest: { A: 7 }, code: "N03A008" },
    { name: "counts on over a hundred", highest: { A: 99 }, code: "N03A100" },
    { name: "is the last of its letter", highest: { A: 998 }, code: "N03A999" },
    { name: "begins the next letter where one is full", highest: { A: 999 }, code: "N03B001" },
    { name: "goes on in the next letter", highest: { A: 999, B: 12 }, code: "N03B013" },
    {
      name: "is in the first letter with room, though a later one is in use",
      highest: { A: 5, B: 999 },
      code: "N03A006",
    },
    { name: "is in a letter that was passed over", highest: { A: 999, C: 3 }, code: "N03B001" },
    { name: "is the last of all", highest: { ...fullTo("Y"), Z: 998 }, code: "N03Z999" },
    { name: "does not exist after Z999", highest: fullTo("Z"), code: null },
    { name: "does not depend on codes of another shape", highest: { "1": 999, a: 999 }, code: "N03A001" },
  ];
  for (const { name, highest, code } of rows) {
    test(name, () => {
      assert.equal(nextOfficerCode("N03", highest), code);
    });
  }

  test("is seven characters long, free, and above all of its letter", () => {
    const highest = fc.dictionary(fc.constantFrom(...letters), fc.integer({ min: 1, max: 999 }));
    fc.assert(
      fc.property(highest, (taken) => {
        const code = nextOfficerCode("N03", taken) ?? "";
        assert.match(code, /^N03[A-Z]\d{3}$/);
        assert.equal(Number(code.slice(4)), (taken[code.charAt(3)] ?? 0) + 1);
      }),
    );
  });
});

describe("an officer code", () => {
  const rows = [
    { code: "N03ALLU", isUnallocated: true },
    { code: "N03XU  ", isUnallocated: true },
    { code: "N03A001", isUnallocated: false },
    { code: "N03U001", isUnallocated: false },
    { code: "N03ALLu", isUnallocated: false },
  ];
  for (const { code, isUnallocated } of rows) {
    test(`"${code}" is ${isUnallocated ? "" : "not "}that of an unallocated officer`, () => {
      assert.equal(isUnallocatedOfficer(code), isUnallocated);
    });
  }
});
