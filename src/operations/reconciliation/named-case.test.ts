import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accountFor, namedCaseSchema } from "./named-case.ts";

const one = { name: "A1001AA", offenderId: 1, crn: "X100001", nomsNumber: "A1001AA", isDeleted: false };
const account = (...named: readonly Readonly<Record<string, unknown>>[]) =>
  accountFor(
    named.map((each) => namedCaseSchema.parse({ ...one, ...each })),
    () => ({ text: "equal", isRead: true }),
  );

describe("the account of named cases", () => {
  const absent = { offenderId: null, crn: null, nomsNumber: null };
  const rows: readonly (readonly [is: Readonly<Record<string, unknown>>, text: string, isRead: boolean])[] = [
    [{}, "A1001AA (X100001): equal", true],
    [{ name: "X100001" }, "X100001 (A1001AA): equal", true],
    [{ name: "Z9999ZZ", ...absent }, "Z9999ZZ: not found: no case in Delius has this NOMS number", false],
    [{ name: "X999999", ...absent }, "X999999: not found: no case in Delius has this CRN", false],
    [{ isDeleted: true }, "A1001AA (X100001): left out: the case is deleted in Delius", false],
    [
      { name: "X100001", nomsNumber: null },
      "X100001: left out: the case has no NOMS number to ask Manage POM Cases with",
      false,
    ],
    [
      { nomsNumber: "a1001aa" },
      'A1001AA (X100001): left out: Delius holds its NOMS number as "a1001aa": correct it there',
      false,
    ],
  ];
  for (const [is, text, isRead] of rows) {
    it(`is "${text}"`, () => assert.deepEqual(account(is), [{ text, isRead }]));
  }

  it("mentions a deleted case only where no other has the number", () => {
    const deleted = { offenderId: 2, crn: "X100002", isDeleted: true };
    assert.equal(account({}, deleted).length, 1);
    assert.equal(account(deleted).length, 1);
  });

  it("mentions every case that shares a number", () => {
    assert.equal(account({}, { offenderId: 2, crn: "X100002" }).length, 2);
  });
});
