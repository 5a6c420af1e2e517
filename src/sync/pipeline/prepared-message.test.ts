import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handoverEvent, toNotification } from "../../../test/support/messages.ts";
import { deliveryOf, mpcOrigin, sightedPerson, lookupOf } from "../../../test/support/pipeline-fixture.ts";
import { readMessage } from "./message-handler.ts";
import {
  solePerson,
  subjectOf,
  toJournalEntries,
  toClaim,
  type DecidedFact,
  type Prepared,
  type PreparedFact,
} from "./prepared-message.ts";
import { summer } from "../../../test/support/allocation-fixture.ts";
import { refreshEventType } from "../events/event-table.ts";

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
      name: "its own NOMS number where no one is known",
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
    { name: "its own CRN where no one is known", message: messages.crn, lookup: nobody, is: ["X000001", null] },
    {
      name: "its own CRN where the NOMS number is that of two cases",
      message: messages.crn,
      lookup: two,
      is: ["X000001", null],
    },
    { name: "no one where it cannot be read", message: messages.refused, lookup: nobody, is: [null, null] },
  ];
  for (const { name, message, lookup, is } of rows) {
    test(`is ${name}`, () => {
      const { crn, nomsNumber } = subjectOf({ message, lookup });
      assert.deepEqual([crn, nomsNumber], is);
    });
  }

  test("is one person only where exactly one is seen", () => {
    assert.deepEqual([nobody, one, two].map(solePerson), [null, known, null]);
  });
});

const noms = "A1001AA";
const person = sightedPerson(1, noms);
const refresh = {
  ...handoverEvent(mpcOrigin, noms),
  eventType: refreshEventType,
  additionalInformation: { facts: ["handover", "allocation"], dryRun: true },
};
const delivery = deliveryOf(toNotification(refresh, "key-1"), {
  attributes: { traceparent: `00-${"ab".repeat(16)}-${"cd".repeat(8)}-01` },
});
const ended: PreparedFact = {
  kind: "ended",
  fact: "allocation",
  outcome: "UnexpectedNotFound",
  reason: "It is not known.",
};
const answered: PreparedFact = { kind: "answer", fact: "handover", answer: { kind: "noData" } };
const decided: DecidedFact = {
  inboxKey: "key-1",
  fact: "handover",
  decision: { outcome: "NoHandoverData", properties: { nomsId: noms }, reasons: ["There is none."], changes: null },
};
const prepared: Prepared = {
  message: readMessage(delivery),
  lookup: lookupOf([person]),
  preparedFacts: [answered, ended],
};
const now = summer + 5;

describe("a message of two facts", () => {
  const settlements = toJournalEntries(prepared, [decided], now);
  const shared = {
    inboxKey: "key-1",
    offenderId: person.offenderId,
    eventType: refreshEventType,
    nomsNumber: noms,
    crn: person.crn,
    occurredAt: Date.parse("2026-04-02T10:30:00Z"),
    receivedAt: summer,
    decidedAt: now,
    dryRun: true,
    traceId: "ab".repeat(16),
    body: delivery.body,
    attributes: delivery.attributes,
  };

  test("is settled once for each, with everything that the journal keeps", () => {
    assert.deepEqual(settlements, [
      { ...shared, fact: "handover", decision: decided.decision, answer: { kind: "noData" } },
      {
        ...shared,
        fact: "allocation",
        decision: {
          outcome: "UnexpectedNotFound",
          properties: { nomsId: noms },
          reasons: ["It is not known."],
          changes: null,
        },
        answer: null,
      },
    ]);
  });

  test("whose answer was not decided is a fault of the program", () => {
    const others = [[], [{ ...decided, inboxKey: "key-2" }], [{ ...decided, fact: "allocation" as const }]];
    for (const other of others) {
      assert.throws(() => toJournalEntries(prepared, other, now), /was not decided/);
    }
  });
});

describe("a message that cannot be read", () => {
  const message = readMessage(deliveryOf("no JSON"));
  const preparedFact: PreparedFact = {
    kind: "ended",
    fact: null,
    outcome: "UnreadableMessage",
    reason: "The message is not JSON.",
  };

  test("is settled about no one, without properties", () => {
    const [settled, ...others] = toJournalEntries(
      { message, lookup: lookupOf([]), preparedFacts: [preparedFact] },
      [],
      now,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(settled, {
      inboxKey: "sqs-1",
      fact: null,
      offenderId: null,
      eventType: null,
      nomsNumber: null,
      crn: null,
      occurredAt: null,
      receivedAt: summer,
      decidedAt: now,
      dryRun: false,
      traceId: null,
      body: "no JSON",
      attributes: {},
      decision: { outcome: "UnreadableMessage", properties: {}, reasons: ["The message is not JSON."], changes: null },
      answer: null,
    });
  });
});

test("a message claims its key with what is known of it", () => {
  const claim = {
    inboxKey: "key-1",
    eventType: refreshEventType,
    nomsNumber: noms,
    crn: person.crn,
    receivedAt: summer,
  };
  assert.deepEqual(toClaim(prepared), claim);
});
