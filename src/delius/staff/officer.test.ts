import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "node:test";
import {
  isUnallocatedOfficer,
  nextOfficerCode,
  officerSchema,
  type HighestNumbers,
  chooseOfficer,
  isSameName,
  nameKey,
} from "./officer.ts";
import { officerOf } from "../../../test/support/allocation-fixture.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
const fullTo = (last: string): HighestNumbers =>
  Object.fromEntries(alphabet.filter((letter) => letter <= last).map((letter) => [letter, 999]));

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
    const highest = fc.dictionary(fc.constantFrom(...alphabet), fc.integer({ min: 1, max: 999 }));
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

describe("an officer who is read from Delius", () => {
  const row = { staffId: 7, forename: "Ruth", surname: "Adeyemi" };
  for (const { code, means } of [
    { code: "N03A001", means: "N03A001" },
    { code: "Test   ", means: "Test" },
    { code: "", means: null },
    { code: "       ", means: null },
    { code: null, means: null },
  ]) {
    test(`has ${means === null ? "no code" : `the code ${means}`} where Delius holds ${JSON.stringify(code)}`, () => {
      assert.equal(officerSchema.parse({ ...row, code }).code, means);
    });
  }
});

const inTeam = (number: number) => ({ ...officerOf("N03", number), isInTeam: true });
const outside = (number: number) => ({ ...officerOf("N03", number), isInTeam: false });
const own = officerOf("N03", 9).staffId;

describe("of several officers of one name", () => {
  const rows = [
    { name: "no one is chosen where there is none", candidates: [], open: own, chosen: undefined },
    { name: "the only one is chosen, also outside the team", candidates: [outside(3)], open: undefined, chosen: 3 },
    {
      name: "the open POM's own officer is chosen before members of the team",
      candidates: [inTeam(1), outside(9), inTeam(2)],
      open: own,
      chosen: 9,
    },
    {
      name: "a member of the team is chosen before a lower key",
      candidates: [outside(1), inTeam(5), outside(2)],
      open: undefined,
      chosen: 5,
    },
    {
      name: "the lowest key is chosen among members",
      candidates: [inTeam(7), inTeam(4), inTeam(5)],
      open: undefined,
      chosen: 4,
    },
    {
      name: "the lowest key is chosen among others, where the original takes any",
      candidates: [outside(7), outside(4)],
      open: own,
      chosen: 4,
    },
  ];
  for (const { name, candidates, open, chosen } of rows) {
    test(name, () => {
      const expected = chosen === undefined ? undefined : officerOf("N03", chosen).staffId;
      assert.equal(chooseOfficer(candidates, open)?.staffId, expected);
    });
  }
});

const zoe = { forename: "Zoë", surname: "Désiré" };

describe("two names are the same", () => {
  for (const [what, forename, surname] of [
    ["in capitals, accents too", "ZOË", "DÉSIRÉ"],
    ["with a tab behind", "Zoë\t", "Désiré\t"],
    ["with no-break spaces around", "\u00A0Zoë\u00A0", "\u00A0Désiré"],
    ["with a line end behind", "Zoë\r\n", "Désiré\u2028"],
    ["with other white space of Unicode around", "\u2003Zoë\u0085", "\u3000Désiré\u202F"],
  ] as const) {
    test(what, () => assert.ok(isSameName(zoe, { forename, surname })));
  }
});

describe("two names differ", () => {
  for (const [what, forename, surname] of [
    ["by the forename", "Zoé", "Désiré"],
    ["by the surname", "Zoë", "Désirée"],
    ["by an accent", "Zoë", "Desiré"],
    ["by white space inside", "Zo ë", "Désiré"],
  ] as const) {
    test(what, () => assert.ok(!isSameName(zoe, { forename, surname })));
  }
});

test("names that are the same have the same key, in any letters", () => {
  const anyText = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(anyText, fc.constantFrom("", " ", "\t", "\u00A0", "\r\n", "\uFEFF"), (surname, space) => {
      for (const other of [surname.toUpperCase(), surname.toLowerCase(), surname]) {
        const spaced = { forename: "", surname: `${space}${other}${space}` };
        if (isSameName({ forename: "", surname }, spaced)) assert.equal(nameKey(spaced.surname), nameKey(surname));
      }
    }),
  );
});
