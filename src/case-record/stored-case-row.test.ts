import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { storedCaseRowSchema, toStoredCase } from "./case-record-store.ts";

const row = {
  place: 1,
  crn: "X100001",
  nomsNumber: null,
  tier: null,
  allocationDecision: null,
  registrations: [],
  officerCode: "Test   ",
  forename: "Dana",
  forename2: " ",
  surname: "Okafor",
  username: " ",
  knownEmail: null,
  emailReadAt: null,
  teamCode: "N03   ",
  teamDescription: "Leeds",
  districtCode: "LDU ",
  districtDescription: "North",
};
const managerOf = (changes: object) => toStoredCase(storedCaseRowSchema.parse({ ...row, ...changes })).manager;

describe("the row of a case", () => {
  it("loses the blanks that fill its columns", () => {
    assert.deepEqual(managerOf({}), {
      code: "Test",
      forename: "Dana",
      forename2: null,
      surname: "Okafor",
      username: null,
      lastKnownEmail: null,
      team: { code: "N03", description: "Leeds" },
      district: { code: "LDU", description: "North" },
    });
  });

  it("tells of no manager where the case has none", () => {
    assert.equal(managerOf({ officerCode: null, forename: null, surname: null, teamCode: null }), null);
  });

  it("tells that a user was known to have no address", () => {
    assert.deepEqual(managerOf({ emailReadAt: 5 })?.lastKnownEmail, { address: null, readAt: 5 });
  });

  it("is refused when a manager lacks a name", () => {
    assert.throws(() => managerOf({ surname: null }));
  });
});
