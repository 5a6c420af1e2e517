import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { officerOf } from "../../../test/support/allocation-fixture.ts";
import { chooseOfficer } from "./officer-choice.ts";

const inTeam = (number: number) => ({ ...officerOf("N03", number), isInTeam: true });
const outside = (number: number) => ({ ...officerOf("N03", number), isInTeam: false });
const own = officerOf("N03", 9).staffId;

describe("of several officers of one name", () => {
  const rows = [
    { name: "nobody is chosen where there is none", candidates: [], open: own, chosen: undefined },
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
