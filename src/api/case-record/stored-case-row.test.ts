import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { storedCaseRowSchema, toStoredCase } from "./case-record-store.ts";

const row = {
  place: 1,
  offenderId: 1,
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
      officer: {
        code: "Test",
        forename: "Dana",
        forename2: null,
        surname: "Okafor",
        username: null,
        lastKnownEmail: null,
      },
      team: { code: "N03", description: "Leeds" },
      district: { code: "LDU", description: "North" },
    });
  });

  it("has no manager where the case has none, or an outside employee", () => {
    const nobody = { officerCode: null, forename: null, surname: null };
    assert.equal(managerOf({ ...nobody, teamCode: null, teamDescription: null }), null);
  });

  it("has a manager whose officer has no code", () => {
    assert.equal(managerOf({ officerCode: null })?.officer?.code, null);
    assert.equal(managerOf({ officerCode: null })?.officer?.surname, "Okafor");
  });

  it("has a team without an officer", () => {
    const manager = managerOf({ officerCode: null, forename: null, surname: null });
    assert.deepEqual([manager?.officer, manager?.team.code], [null, "N03"]);
  });

  it("says that a user was known to have no address", () => {
    assert.deepEqual(managerOf({ emailReadAt: 5 })?.officer?.lastKnownEmail, { address: null, readAt: 5 });
  });
});
