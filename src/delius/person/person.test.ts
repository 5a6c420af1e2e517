import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readCrn, readIdentifier, readNomsNumber } from "./person.ts";

describe("an identifier", () => {
  const rows = [
    { text: "X123456", crn: "X123456", nomsNumber: null },
    { text: " x123456\n", crn: "X123456", nomsNumber: null },
    { text: "A1234BC", crn: null, nomsNumber: "A1234BC" },
    { text: "a1234bc ", crn: null, nomsNumber: "A1234BC" },
    { text: "", crn: null, nomsNumber: null },
    { text: "X12345", crn: null, nomsNumber: null },
    { text: "X1234567", crn: null, nomsNumber: null },
    { text: "XX12345", crn: null, nomsNumber: null },
    { text: "A1234B", crn: null, nomsNumber: null },
    { text: "A1234BCD", crn: null, nomsNumber: null },
    { text: "A123 4BC", crn: null, nomsNumber: null },
    { text: "A1234BC/../X", crn: null, nomsNumber: null },
    { text: "A12٣4BC", crn: null, nomsNumber: null },
    { text: "Á1234BC", crn: null, nomsNumber: null },
  ];
  for (const { text, crn, nomsNumber } of rows) {
    test(`${JSON.stringify(text)} is the CRN ${crn} and the NOMS number ${nomsNumber}`, () => {
      assert.deepEqual([readCrn(text), readNomsNumber(text)], [crn, nomsNumber]);
      const named = crn === null ? null : { crn };
      assert.deepEqual(readIdentifier(text), nomsNumber === null ? named : { nomsNumber });
    });
  }
});
