import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sightedPerson, lookupOf } from "../../../test/support/pipeline-fixture.ts";
import { foundPersonSchema, showsTheSame, type LookupResult } from "./prepared-message.ts";

const fences = { handover: 10, allocation: 20 };
const person = sightedPerson(1, "A1001AA", { fences });
const before = lookupOf([person]);

describe("two looks at the database", () => {
  const both = ["handover", "allocation"] as const;
  const rows: readonly {
    name: string;
    after: LookupResult;
    facts: readonly (typeof both)[number][];
    isSame: boolean;
  }[] = [
    {
      name: "show the same where nothing happened, no matter what the clock says",
      after: { ...before, now: before.now + 1 },
      facts: both,
      isSame: true,
    },
    {
      name: "differ when the fence of the fact has moved",
      after: lookupOf([{ ...person, fences: { ...fences, handover: 11 } }]),
      facts: ["handover"],
      isSame: false,
    },
    {
      name: "show the same when only the fence of the other fact has moved",
      after: lookupOf([{ ...person, fences: { ...fences, handover: 11 } }]),
      facts: ["allocation"],
      isSame: true,
    },
    {
      name: "differ when one of two fences has moved",
      after: lookupOf([{ ...person, fences: { ...fences, handover: 11 } }]),
      facts: both,
      isSame: false,
    },
    {
      name: "differ when there was no fence",
      after: lookupOf([{ ...person, fences: { ...fences, allocation: null } }]),
      facts: both,
      isSame: false,
    },
    {
      name: "differ when the number belongs to another case",
      after: lookupOf([{ ...person, offenderId: sightedPerson(2, null).offenderId }]),
      facts: [],
      isSame: false,
    },
    {
      name: "differ when the case has another number",
      after: lookupOf([sightedPerson(1, "A1002AA", { fences })]),
      facts: [],
      isSame: false,
    },
    { name: "differ when the person is gone", after: lookupOf([]), facts: [], isSame: false },
    {
      name: "differ when a second case has the number",
      after: lookupOf([person, sightedPerson(2, "A1001AA")]),
      facts: [],
      isSame: false,
    },
    {
      name: "differ when the case has another sentence",
      after: lookupOf([{ ...person, sentences: 1 }]),
      facts: [],
      isSame: false,
    },
    { name: "differ when the case has begun to wait", after: { ...before, isWaiting: true }, facts: [], isSame: false },
  ];
  for (const { name, after, facts, isSame } of rows) {
    test(name, () => {
      assert.deepEqual([showsTheSame(before, after, facts), showsTheSame(after, before, facts)], [isSame, isSame]);
    });
  }

  test("show the same of no one", () => {
    assert.equal(showsTheSame(lookupOf([]), lookupOf([]), ["handover"]), true);
  });
});

describe("a case in Delius", () => {
  const row = { offenderId: 7, crn: "X000007", nomsNumber: "A1007AA", sentences: null, fences };
  const numbersOf = (change: object) => {
    const { crn, nomsNumber } = foundPersonSchema.parse({ ...row, ...change });
    return [crn, nomsNumber];
  };

  test("has the same numbers in whichever letter case Delius holds them", () => {
    assert.deepEqual(numbersOf({ crn: "x000007", nomsNumber: " a1007aa" }), ["X000007", "A1007AA"]);
  });

  for (const other of ["unknown", "", " "]) {
    test(`whose numbers are "${other}" has none`, () => {
      assert.deepEqual(numbersOf({ crn: other, nomsNumber: other }), [null, null]);
    });
  }
});
