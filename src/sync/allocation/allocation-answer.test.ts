import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allocationSchema, readAllocationNotFound } from "./allocation-answer.ts";

const lengths = { forename: 35, surname: 35, email: 254 };
const readAllocation = (body: unknown) => allocationSchema(lengths).safeParse(body);
const manager = { code: 485_637, forename: "MOIC", surname: "POM", email: "moic.pom@example.com" };
const body = { manager, prison: { code: "LEI" } };
const without = (key: keyof typeof manager) =>
  Object.fromEntries(Object.entries(manager).filter(([name]) => name !== key));

describe("an answer that someone is allocated", () => {
  const allocated = { kind: "allocated", prisonCode: "LEI", manager };
  const rows = [
    { name: "names officer and prison", given: body, means: allocated },
    {
      name: "may have more than is used",
      given: { ...body, status: "ok", manager: { ...manager, middleName: "X" } },
      means: allocated,
    },
    {
      name: "may have no e-mail",
      given: { ...body, manager: without("email") },
      means: { ...allocated, manager: { ...manager, email: null } },
    },
    {
      name: "may have a null e-mail",
      given: { ...body, manager: { ...manager, email: null } },
      means: { ...allocated, manager: { ...manager, email: null } },
    },
    {
      name: "may have a blank e-mail, which is none",
      given: { ...body, manager: { ...manager, email: "  " } },
      means: { ...allocated, manager: { ...manager, email: null } },
    },
    {
      name: "may have no staff code",
      given: { ...body, manager: without("code") },
      means: { ...allocated, manager: { ...manager, code: undefined } },
    },
    {
      name: "may have a null staff code",
      given: { ...body, manager: { ...manager, code: null } },
      means: { ...allocated, manager: { ...manager, code: undefined } },
    },
    {
      name: "may have a staff code as text",
      given: { ...body, manager: { ...manager, code: "485637" } },
      means: allocated,
    },
    {
      name: "loses white space around names",
      given: { manager: { ...manager, forename: " MOIC ", surname: "POM\t" }, prison: { code: " LEI" } },
      means: allocated,
    },
    {
      name: "may name letters of any language",
      given: { ...body, manager: { ...manager, surname: "Ó Súilleabháin-Łuk" } },
      means: { ...allocated, manager: { ...manager, surname: "Ó Súilleabháin-Łuk" } },
    },
    {
      name: "may name just what the column holds",
      given: { ...body, manager: { ...manager, surname: "x".repeat(35) } },
      means: { ...allocated, manager: { ...manager, surname: "x".repeat(35) } },
    },
    ...[`${"x".repeat(250)}@y.uk`, "a\u001b[31m@y.uk", "a\u200D@y.uk", "nobody", "two@at@y.uk", "a b@y.uk", 7].map(
      (email) => ({
        name: `leaves out the e-mail ${JSON.stringify(email).slice(0, 20)}, which Delius cannot hold or which is none`,
        given: { ...body, manager: { ...manager, email } },
        means: { ...allocated, manager: { ...manager, email: null, isEmailLeftOut: true } },
      }),
    ),
  ];
  for (const { name, given, means } of rows) {
    test(name, () => {
      assert.deepEqual(readAllocation(given).data, means);
    });
  }

  const faulty = [
    { name: "no officer", given: { prison: { code: "LEI" } } },
    { name: "an officer that is a text", given: { ...body, manager: "MOIC POM" } },
    { name: "no forename", given: { ...body, manager: without("forename") } },
    { name: "a null surname", given: { ...body, manager: { ...manager, surname: null } } },
    { name: "a blank surname", given: { ...body, manager: { ...manager, surname: "  " } } },
    { name: "no prison", given: { manager } },
    { name: "a prison without a code", given: { manager, prison: {} } },
    { name: "a blank prison code", given: { manager, prison: { code: "" } } },
    { name: "a surname longer than its column", given: { ...body, manager: { ...manager, surname: "x".repeat(36) } } },
    {
      name: "a forename longer than its column",
      given: { ...body, manager: { ...manager, forename: "x".repeat(36) } },
    },
    { name: "a control character in a name", given: { ...body, manager: { ...manager, surname: "P\u0000M" } } },
    { name: "a line feed in a name", given: { ...body, manager: { ...manager, forename: "MO\nIC" } } },
    { name: "a turn of direction in a name", given: { ...body, manager: { ...manager, surname: "P\u202EM" } } },
    { name: "an isolate in a name", given: { ...body, manager: { ...manager, surname: "\u2066POM\u2069" } } },
    { name: "a character of no width in a name", given: { ...body, manager: { ...manager, forename: "MO\u200BIC" } } },
    { name: "a word joiner in a name", given: { ...body, manager: { ...manager, forename: "MO\u2060IC" } } },
    { name: "a filler that cannot be seen in a name", given: { ...body, manager: { ...manager, surname: "P\u3164" } } },
    { name: "a line separator in a name", given: { ...body, manager: { ...manager, surname: "P\u2028M" } } },
    { name: "a paragraph separator in a name", given: { ...body, manager: { ...manager, surname: "P\u2029M" } } },
    { name: "half a character in a name", given: { ...body, manager: { ...manager, surname: "P\ud800M" } } },
    { name: "nothing", given: null },
    { name: "a list", given: [] },
  ];
  for (const { name, given } of faulty) {
    test(`is a fault with ${name}`, () => {
      assert.equal(readAllocation(given).success, false);
    });
  }
});

describe("a 404 about an allocation", () => {
  const rows = [
    { message: "Not allocated", means: { kind: "deallocated" } },
    { message: "Not ready for allocation", means: { kind: "notReady" } },
    { message: "Not found", means: null },
    { message: "not allocated", means: null },
    { message: "Not ready for allocation ", means: null },
    { message: "", means: null },
  ];
  for (const { message, means } of rows) {
    test(`with "${message}" means ${means?.kind ?? "nothing that we know"}`, () => {
      assert.deepEqual(readAllocationNotFound(message), means);
    });
  }
});
