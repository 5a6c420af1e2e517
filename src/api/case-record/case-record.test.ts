import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findEmailOwner, toCaseRecord, type StoredCase } from "./case-record.ts";

const officer = {
  code: "N03C001",
  forename: "Dana",
  forename2: null,
  surname: "Okafor",
  username: "DanaOkafor",
  lastKnownEmail: null,
};
const com = {
  officer,
  team: { code: "N03CMT", description: "Leeds Community Team" },
  district: null,
};
const stored: StoredCase = {
  crn: "X100001",
  nomsNumber: null,
  tier: null,
  allocationDecision: null,
  manager: com,
  registrations: [],
};

describe("a case record", () => {
  for (const code of ["N03ALLU", "N03U   ", "U"]) {
    it(`has neither code, name nor address of the unallocated officer ${code.trim()}`, () => {
      const unallocated = { ...stored, manager: { ...com, officer: { ...officer, code } } };
      assert.deepEqual(toCaseRecord(unallocated, "placeholder@example.com").manager, {
        team: { ...com.team, localDeliveryUnit: undefined },
      });
      assert.equal(findEmailOwner(unallocated), null);
    });
  }

  it("asks for the address of the officer's user", () => {
    assert.equal(findEmailOwner(stored)?.username, "DanaOkafor");
    assert.equal(findEmailOwner({ ...stored, manager: { ...com, officer: { ...officer, username: null } } }), null);
    assert.equal(findEmailOwner({ ...stored, manager: null }), null);
  });

  it("has the officer's name and address, and no code, where Delius has none", () => {
    const uncoded = { ...stored, manager: { ...com, officer: { ...officer, code: null } } };
    assert.deepEqual(toCaseRecord(uncoded, "dana.okafor@example.com").manager, {
      team: { ...com.team, localDeliveryUnit: undefined },
      code: undefined,
      name: { forename: "Dana", middleName: undefined, surname: "Okafor" },
      email: "dana.okafor@example.com",
    });
  });

  it("has the team alone where Delius names no officer", () => {
    const teamOnly = { ...stored, manager: { ...com, officer: null } };
    assert.deepEqual(toCaseRecord(teamOnly, null).manager, { team: { ...com.team, localDeliveryUnit: undefined } });
    assert.equal(findEmailOwner(teamOnly), null);
  });

  it("has no address where there is none", () => {
    assert.equal(toCaseRecord(stored, null).manager?.email, undefined);
    assert.equal(toCaseRecord(stored, "dana.okafor@example.com").manager?.email, "dana.okafor@example.com");
  });

  for (const [decision, resourcing] of [
    ["R", "ENHANCED"],
    ["A", "NORMAL"],
    ["X", undefined],
    ["r", undefined],
    ["constructor", undefined],
    [null, undefined],
  ] as const) {
    it(`reads the decision ${decision} as ${resourcing}`, () => {
      assert.equal(toCaseRecord({ ...stored, allocationDecision: decision }, null).resourcing, resourcing);
    });
  }
});
