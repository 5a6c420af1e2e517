import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handoverEvent } from "../../../test/support/messages.ts";
import { deliveryOf, mpcOrigin, sightedPerson, sightingOf } from "../../../test/support/pipeline-fixture.ts";
import { readMessage } from "./message-handler.ts";
import { crnOf, nomsNumberOf, solePerson } from "./prepared-message.ts";

const messages = {
  number: readMessage(deliveryOf(handoverEvent(mpcOrigin, "A1001AA"))),
  crn: readMessage(deliveryOf({ eventType: "SENTENCE_CHANGED", crn: "X000001" })),
  refused: readMessage(deliveryOf("no JSON")),
};
const known = sightedPerson(1, "A1001AA");
const nobody = sightingOf([]);
const one = sightingOf([known]);
const two = sightingOf([known, sightedPerson(2, "A1001AA")]);

describe("whom a message is about", () => {
  const rows = [
    {
      name: "its own NOMS number, and the CRN of the case",
      message: messages.number,
      sighting: one,
      is: ["X000001", "A1001AA"],
    },
    {
      name: "its own NOMS number where nobody is known",
      message: messages.number,
      sighting: nobody,
      is: [null, "A1001AA"],
    },
    {
      name: "its own NOMS number where two cases have it",
      message: messages.number,
      sighting: two,
      is: [null, "A1001AA"],
    },
    {
      name: "its own CRN, and the NOMS number of the case",
      message: messages.crn,
      sighting: one,
      is: ["X000001", "A1001AA"],
    },
    { name: "its own CRN where nobody is known", message: messages.crn, sighting: nobody, is: ["X000001", null] },
    {
      name: "its own CRN where the NOMS number is that of two cases",
      message: messages.crn,
      sighting: two,
      is: ["X000001", null],
    },
    { name: "nobody where it cannot be read", message: messages.refused, sighting: nobody, is: [null, null] },
  ];
  for (const { name, message, sighting, is } of rows) {
    test(`is ${name}`, () => {
      assert.deepEqual([crnOf(message, sighting), nomsNumberOf(message, sighting)], is);
    });
  }

  test("is one person only where exactly one is seen", () => {
    assert.deepEqual([nobody, one, two].map(solePerson), [null, known, null]);
  });
});
