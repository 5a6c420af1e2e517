import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handoverSchema, readHandoverNotFound } from "./handover-answer.ts";

const body = {
  nomsNumber: "A1002AA",
  handoverDate: "2026-07-01",
  handoverStartDate: "2026-06-01",
  responsibility: "COM",
};
const { handoverDate: _, ...withoutDate } = body;
const { handoverStartDate: __, ...withoutStart } = body;
const { nomsNumber: ___, ...withoutNumber } = body;

describe("an answer with handover dates", () => {
  const dates = { kind: "dates", nomsNumber: "A1002AA", handoverDate: "2026-07-01", handoverStartDate: "2026-06-01" };
  const rows = [
    { name: "reports both dates", given: body, means: dates },
    {
      name: "says that a date is null",
      given: { ...body, handoverDate: null },
      means: { ...dates, handoverDate: null },
    },
    {
      name: "says that both are null",
      given: { ...body, handoverDate: null, handoverStartDate: null },
      means: { ...dates, handoverDate: null, handoverStartDate: null },
    },
    { name: "says that a date is absent", given: withoutDate, means: { ...dates, handoverDate: undefined } },
    { name: "says that the start is absent", given: withoutStart, means: { ...dates, handoverStartDate: undefined } },
    {
      name: "reports dates at either end of what is believed",
      given: { ...body, handoverDate: "2200-12-31", handoverStartDate: "1900-01-01" },
      means: { ...dates, handoverDate: "2200-12-31", handoverStartDate: "1900-01-01" },
    },
    { name: "names the person in any letter case", given: { ...body, nomsNumber: "a1002aa" }, means: dates },
    { name: "may lack the person", given: withoutNumber, means: { ...dates, nomsNumber: undefined } },
    {
      name: "may have a null person",
      given: { ...body, nomsNumber: null },
      means: { ...dates, nomsNumber: undefined },
    },
    {
      name: "may name a leap day",
      given: { ...body, handoverDate: "2028-02-29" },
      means: { ...dates, handoverDate: "2028-02-29" },
    },
  ];
  for (const { name, given, means } of rows) {
    test(name, () => {
      assert.deepEqual(handoverSchema.safeParse(given).data, means);
    });
  }

  const faulty = [
    {
      name: "both dates absent, for a renamed key must not wipe every date",
      given: { nomsNumber: "A1002AA", handover_date: "2026-07-01" },
    },
    { name: "a date that is none", given: { ...body, handoverDate: "2026-02-30" } },
    { name: "a leap day in another year", given: { ...body, handoverDate: "2026-02-29" } },
    { name: "a date with a time", given: { ...body, handoverDate: "2026-07-01T00:00:00Z" } },
    { name: "a date in another order", given: { ...body, handoverDate: "01/07/2026" } },
    { name: "a date that is a number", given: { ...body, handoverStartDate: 20_260_601 } },
    { name: "a blank date", given: { ...body, handoverStartDate: "" } },
    { name: "a date before 1900", given: { ...body, handoverDate: "1899-12-31" } },
    { name: "a date after 2200", given: { ...body, handoverStartDate: "2201-01-01" } },
    { name: "a year that no calendar has", given: { ...body, handoverDate: "0000-01-01" } },
    { name: "a person that is a number", given: { ...body, nomsNumber: 7 } },
    { name: "a person that no database can keep", given: { ...body, nomsNumber: "A1002AA\u0000" } },
    { name: "half a character in the person", given: { ...body, nomsNumber: "A1002A\ud800" } },
    { name: "nothing", given: null },
    { name: "a list", given: [] },
  ];
  for (const { name, given } of faulty) {
    test(`is a fault with ${name}`, () => {
      assert.equal(handoverSchema.safeParse(given).success, false);
    });
  }
});

describe("a 404 about handover dates", () => {
  for (const message of ["Not found", "Not allocated", "not found", ""]) {
    test(`with "${message}" ${message === "Not found" ? "means that there is no data" : "is none that we know"}`, () => {
      assert.deepEqual(readHandoverNotFound(message), message === "Not found" ? { kind: "noData" } : null);
    });
  }
});
