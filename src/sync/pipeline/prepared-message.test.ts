import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handoverEvent } from "../../../test/support/messages.ts";
import { deliveryOf, mpcOrigin, sightedPerson, lookupOf } from "../../../test/support/pipeline-fixture.ts";
import { readMessage } from "./message-handler.ts";
import { crnOf, nomsNumberOf, solePerson } from "./prepared-message.ts";

const messages = {
  number: readMessage(deliveryOf(handoverEvent(mpcOrigin, "A1001AA"))),
  crn: readMessage(deliveryOf({ eventType: "SENTENCE_CHANGED", crn: "X000001" })),
  refused: readMessage(deliveryOf("no JSON")),
};
const known = sightedPerson(1, "A1001AA");
const nobody = lookupOf([]);
const one = lookupOf([known]);
const two = lookupOf([known, sightedPerson(2, "A1001AA")]);

describe("whom a message is about", () => {
  const rows = [
    {
      name: "its own NOMS number, and the CRN of the case",
      message: messages.number,
      lookup: one,
      is: ["X000001", "A1001AA"],
    },
    {
      name: "its own NOMS number where nobody is known",
      message: messages.number,
      lookup: nobody,
      is: [null, "A1001AA"],
    },
    {
      name: "its own NOMS number where two cases have it",
      message: messages.number,
      lookup: two,
      is: [null, "A1001AA"],
    },
    {
      name: "its own CRN, and the NOMS number of the case",
      message: messages.crn,
      lookup: one,
      is: ["X000001", "A1001AA"],
    },
    { name: "its own CRN where nobody is known", message: messages.crn, lookup: nobody, is: ["X000001", null] },
    {
      name: "its own CRN where the NOMS number is that of two cases",
      message: messages.crn,
      lookup: two,
      is: ["X000001", null],
    },
    { name: "nobody where it cannot be read", message: messages.refused, lookup: nobody, is: [null, null] },
  ];
  for (const { name, message, lookup, is } of rows) {
    test(`is ${name}`, () => {
      assert.deepEqual([crnOf(message, lookup), nomsNumberOf(message, lookup)], is);
    });
  }

  test("is one person only where exactly one is seen", () => {
    assert.deepEqual([nobody, one, two].map(solePerson), [null, known, null]);
  });
});
