import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isComplete, readReferenceData, type ReferenceEntry } from "./reference-data.ts";

const entry = (codeSet: string) => (code: string) => ({ codeSet, code, description: `Description of ${code}` });
const entries: readonly ReferenceEntry[] = [
  ...["POM1", "POM2"].map(entry("THROUGHCARE DATE TYPE")),
  ...["AUT", "INA", "EXT"].map(entry("POM ALLOCATION REASON")),
  ...["EPOMAT", "EPOMIN", "EPOMEX", "ROC"].map(entry("contact type")),
];

describe("reference data", () => {
  test("is complete with every code of 2.3 that is written, and tells the reasons", () => {
    const reference = readReferenceData(entries);
    assert.equal(isComplete(reference), true);
    assert.deepEqual(reference, {
      missing: { handover: [], allocation: [] },
      reasonDescriptions: { AUT: "Description of AUT", INA: "Description of INA", EXT: "Description of EXT" },
    });
  });

  for (const missing of entries) {
    test(`lacks ${missing.code} for the fact that writes it`, () => {
      const reference = readReferenceData(entries.filter((one) => one !== missing));
      const lacking = [`${missing.codeSet} ${missing.code}`];
      const isHandover = missing.codeSet === "THROUGHCARE DATE TYPE";
      assert.equal(isComplete(reference), false);
      assert.deepEqual(
        reference.missing,
        isHandover ? { handover: lacking, allocation: [] } : { handover: [], allocation: lacking },
      );
    });
  }

  test("is looked up by code and set name: the same code of another set does not count", () => {
    const elsewhere = entries.map((one) => (one.code === "POM1" ? { ...one, codeSet: "REGISTER" } : one));
    assert.deepEqual(readReferenceData(elsewhere).missing.handover, ["THROUGHCARE DATE TYPE POM1"]);
  });

  test("of an empty Delius lacks everything", () => {
    const { missing } = readReferenceData([]);
    assert.deepEqual([missing.handover.length, missing.allocation.length], [2, 7]);
  });
});
