import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSendRequest } from "../../sandbox/send-request.ts";

const today = new Date("2026-12-01T12:00:00Z");

function read(line: string) {
  return readSendRequest(line.split(" ").filter(Boolean), today);
}

describe("what to send", () => {
  const forms: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
    "allocation A1002AA --officer lindqvist --prison LEI": {
      kind: "allocate",
      noms: "A1002AA",
      manager: "485639",
      prison: "LEI",
    },
    allocation: { kind: "allocate", noms: "A1001AA", manager: undefined, prison: undefined },
    "deallocation A1002AA": { kind: "deallocate", noms: "A1002AA" },
    handover: {
      kind: "setHandover",
      noms: "A1004AA",
      handoverStartDate: "2027-01-30",
      handoverDate: "2027-03-01",
    },
    "handover A1002AA --date 2027-05-01": {
      kind: "setHandover",
      noms: "A1002AA",
      handoverStartDate: "",
      handoverDate: "2027-05-01",
    },
    "handover --clear": { kind: "setHandover", noms: "A1004AA", handoverStartDate: "", handoverDate: "" },
    release: { kind: "release", noms: "A1001AA" },
    "sentence X100004": { kind: "addSentence", crn: "X100004" },
    identifier: { kind: "addPrisonNumber", crn: "X100007", noms: "A1007AA" },
    duplicate: { kind: "duplicate" },
    poison: { kind: "poison" },
    "outage on": { kind: "outage", state: "on" },
  };
  for (const [line, form] of Object.entries(forms)) {
    it(`is read from "${line}"`, () => {
      assert.deepEqual(read(line), { form: { ...form, waitSeconds: "15" } });
      assert.deepEqual(read(`${line} --wait 3`), { form: { ...form, waitSeconds: "3" } });
    });
  }

  const faults: Readonly<Record<string, RegExp>> = {
    "": /^Say what to send\.$/,
    alocation: /^alocation cannot be sent\.$/,
    toString: /^toString cannot be sent\.$/,
    "poison A1001AA": /^poison has no use for A1001AA\.$/,
    "duplicate --prison LEI": /^duplicate has no use for --prison\.$/,
    "handover --until 2027-01-01": /'--until'/,
  };
  for (const [line, fault] of Object.entries(faults)) {
    it(`is refused where "${line}" is asked for`, () => {
      const request = read(line);
      assert.match("fault" in request ? request.fault : "", fault);
    });
  }
});
