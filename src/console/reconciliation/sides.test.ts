import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareSides } from "./sides.ts";

const ruth = {
  kind: "allocated",
  prisonCode: "LEI",
  manager: { code: 1, forename: "Ruth", surname: "Adeyemi", email: null },
};
const pom = { officer: "N03A001", name: "Ruth Adeyemi", provider: "N03", start: "2026-01-08T09:30:00Z" };
const dates = (handoverDate: string | null) => ({ kind: "dates", handoverDate, handoverStartDate: null });
const held = (...all: readonly string[]) => ({ keyDates: all.map((date) => ({ type: "POM2", date })) });

type Sides = Parameters<typeof compareSides>[0];

/** What differs, by label. */
function marked(sides: Sides): readonly string[] {
  return compareSides(sides)
    .filter(({ differs }) => differs)
    .map(({ label, inMpc, inDelius }) => `${label}: ${inMpc} | ${inDelius}`);
}

describe("the two sides of a difference", () => {
  const cases: readonly (readonly [string, Sides, readonly string[]])[] = [
    [
      "another date",
      { fact: "handover", class: "date-different", inMpc: dates("2026-10-01"), inDelius: held("2026-10-08") },
      ["Handover date: 1 October 2026 | 8 October 2026"],
    ],
    [
      "a date too many",
      { fact: "handover", class: "date-extra", inMpc: dates(null), inDelius: held("2026-10-08") },
      ["Handover date: none | 8 October 2026"],
    ],
    [
      "a date held twice",
      { fact: "handover", class: "date-extra", inMpc: dates("2026-10-01"), inDelius: held("2026-10-01", "2026-10-08") },
      ["Handover date: 1 October 2026 | 1 October 2026, 8 October 2026"],
    ],
    [
      "dates of which nothing is held",
      { fact: "handover", class: "stale", inMpc: { kind: "noData" }, inDelius: held("2026-10-08") },
      ["Handover date: none | 8 October 2026"],
    ],
    [
      "another POM",
      { fact: "allocation", class: "pom-different", inMpc: ruth, inDelius: { poms: [{ ...pom, name: "Sam Evans" }] } },
      ["POM: Ruth Adeyemi | Sam Evans"],
    ],
    [
      "another e-mail address",
      {
        fact: "allocation",
        class: "pom-different",
        inMpc: ruth,
        inDelius: { poms: [{ ...pom, email: "r@example.com" }] },
      },
      ["E-mail: none | r@example.com"],
    ],
    [
      "another prison",
      { fact: "allocation", class: "pom-different", inMpc: ruth, inDelius: { poms: [{ ...pom, provider: "N07" }] } },
      ["Prison, provider: LEI | N07"],
    ],
    [
      "a POM in letters of another case, which is the same",
      {
        fact: "allocation",
        class: "cannot-apply",
        inMpc: ruth,
        inDelius: { poms: [{ ...pom, name: "RUTH ADEYEMI" }] },
      },
      [],
    ],
    [
      "a POM too many",
      { fact: "allocation", class: "pom-extra", inMpc: { kind: "deallocated" }, inDelius: { poms: [pom] } },
      ["POM: no POM | Ruth Adeyemi"],
    ],
    [
      "no POM",
      { fact: "allocation", class: "pom-missing", inMpc: ruth, inDelius: { poms: [] } },
      ["POM: Ruth Adeyemi | no POM"],
    ],
    [
      "an officer for two",
      { fact: "allocation", class: "same-officer", inMpc: { staffCodes: [1, 2] }, inDelius: { officer: "N03A001" } },
      ["Officer: staff codes 1, 2 | N03A001"],
    ],
    ["what could not be compared", { fact: null, class: "error", inMpc: null, inDelius: null }, []],
    [
      "what no one can read",
      { fact: "allocation", class: "pom-extra", inMpc: 7, inDelius: "?" },
      ["POM: not known | no POM"],
    ],
  ];
  for (const [name, sides, expected] of cases) {
    it(`mark ${name}`, () => assert.deepEqual(marked(sides), expected));
  }
});
