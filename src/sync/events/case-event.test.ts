import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deliveryOf } from "../../../test/support/pipeline-fixture.ts";
import { readCaseEvent, readEnvelope } from "./case-event.ts";
import { handledEventTypes, refreshEventType } from "./event-table.ts";

const noms = { personReference: { identifiers: [{ type: "NOMS", value: "A1001AA" }] } };
const detailUrl = "https://mpc.example/api/anything/A1001AA";
const sentAt = "2026-04-02T10:30:01.102Z";
const occurredAt = "2026-04-02T10:30:00Z";

function read(eventType: string | undefined, body: object, timestamp = sentAt) {
  const message = JSON.stringify({ eventType, occurredAt, ...body });
  return readCaseEvent(readEnvelope(deliveryOf({ Message: message, Timestamp: timestamp })));
}

function readEvent(eventType: string, body: object) {
  const event = read(eventType, body);
  assert.ok(event.kind === "event", JSON.stringify(event));
  return event;
}

function readRefused(eventType: string | undefined, body: object) {
  const event = read(eventType, body);
  assert.ok(event.kind === "refused", JSON.stringify(event));
  const { facts, outcome } = event;
  return { facts, outcome };
}

const types = {
  handover: "offender-management.handover.changed",
  allocation: "offender-management.allocation.changed",
  documented: "offender-management.pom.allocated",
  added: "probation-case.prison-identifier.added",
  updated: "probation-case.prison-identifier.updated",
  sentence: "SENTENCE_CHANGED",
  conviction: "CONVICTION_CHANGED",
  refresh: refreshEventType,
  bulkUpdate: "pom-handover-dates.internal.bulk-update",
};

describe("an event of each type in 3.2", () => {
  const both = ["handover", "allocation"];
  const rows = [
    { type: types.handover, facts: ["handover"], detail: "event", body: noms, person: { nomsNumber: "A1001AA" } },
    { type: types.allocation, facts: ["allocation"], detail: "event", body: noms, person: { nomsNumber: "A1001AA" } },
    { type: types.documented, facts: ["allocation"], detail: "event", body: noms, person: { nomsNumber: "A1001AA" } },
    { type: types.added, facts: both, detail: "built", body: noms, person: { nomsNumber: "A1001AA" } },
    { type: types.updated, facts: both, detail: "built", body: noms, person: { nomsNumber: "A1001AA" } },
    {
      type: types.sentence,
      facts: ["handover"],
      detail: "built",
      body: { crn: "X100004" },
      person: { crn: "X100004" },
    },
    {
      type: types.conviction,
      facts: ["handover"],
      detail: "built",
      body: { crn: "X100005" },
      person: { crn: "X100005" },
    },
    {
      type: types.bulkUpdate,
      facts: ["handover"],
      detail: "built",
      body: { ...noms, additionalInformation: { dryRun: false } },
      person: { nomsNumber: "A1001AA" },
    },
    {
      type: types.refresh,
      facts: both,
      detail: "built",
      body: { ...noms, additionalInformation: { facts: both } },
      person: { nomsNumber: "A1001AA" },
    },
  ];
  for (const { type, facts, detail, body, person } of rows) {
    test(`${type} is about ${facts.join(" and ")}`, () => {
      const event = readEvent(type, { ...body, detailUrl });
      assert.deepEqual(event.facts, facts);
      assert.deepEqual(event.person, person);
      assert.equal(event.rule.detail, detail);
      assert.equal(event.rule.isRefresh, type === types.refresh || type === types.bulkUpdate);
      assert.equal(event.rule.isAnyNotFoundNoData, "crn" in person);
      assert.deepEqual([event.detailUrl, event.dryRun, event.removeStale], [detailUrl, false, false]);
      assert.equal(event.occurredAt, Date.parse(occurredAt));
    });
  }

  test("stands in the table of handled types", () => {
    assert.deepEqual(handledEventTypes.toSorted(), Object.values(types).toSorted());
  });
});

describe("an event that names no one", () => {
  const unreadable = (...facts: readonly string[]) => ({ facts, outcome: "UnreadableMessage" });
  const rows = [
    { name: "of Manage POM Cases is unreadable", type: types.handover, body: {}, means: unreadable("handover") },
    {
      name: "with another kind of number only is unreadable",
      type: types.allocation,
      body: { personReference: { identifiers: [{ type: "CRN", value: "X100001" }] } },
      means: unreadable("allocation"),
    },
    {
      name: "with a number that is none is unreadable",
      type: types.allocation,
      body: { personReference: { identifiers: [{ type: "NOMS", value: "A1" }] } },
      means: unreadable("allocation"),
    },
    {
      name: "about an identifier without a NOMS number is no fault",
      type: types.added,
      body: {},
      means: { facts: ["handover", "allocation"], outcome: "NoNomsNumber" },
    },
    {
      name: "about an identifier with a blank number is no fault",
      type: types.updated,
      body: {
        personReference: {
          identifiers: [
            { type: "CRN", value: "X100007" },
            { type: "NOMS", value: "" },
          ],
        },
      },
      means: { facts: ["handover", "allocation"], outcome: "NoNomsNumber" },
    },
    {
      name: "about an identifier with a number of white space is no fault",
      type: types.added,
      body: { personReference: { identifiers: [{ type: "NOMS", value: " \t" }] } },
      means: { facts: ["handover", "allocation"], outcome: "NoNomsNumber" },
    },
    {
      name: "about an identifier with a number that is none is unreadable",
      type: types.updated,
      body: { personReference: { identifiers: [{ type: "NOMS", value: "?" }] } },
      means: unreadable("handover", "allocation"),
    },
    {
      name: "about a sentence without a CRN is unreadable",
      type: types.sentence,
      body: noms,
      means: unreadable("handover"),
    },
    {
      name: "about a sentence with a CRN that is none is unreadable",
      type: types.sentence,
      body: { crn: "1" },
      means: unreadable("handover"),
    },
    {
      name: "is unreadable also as a refresh",
      type: types.refresh,
      body: { additionalInformation: { facts: ["handover"] } },
      means: unreadable("handover"),
    },
  ];
  for (const { name, type, body, means } of rows) {
    test(name, () => {
      assert.deepEqual(readRefused(type, body), means);
    });
  }
});

describe("an event that is not handled", () => {
  test("is of a type that no one knows", () => {
    assert.deepEqual(readRefused("prison-offender-events.prisoner.released", noms), {
      facts: [],
      outcome: "UnhandledEventType",
    });
  });

  test("is of the name of something in every object", () => {
    assert.equal(readRefused("constructor", noms).outcome, "UnhandledEventType");
  });

  test("names no type", () => {
    assert.deepEqual(readRefused(undefined, noms), { facts: [], outcome: "UnreadableMessage" });
  });

  test("cannot be read, though its type tells the fact", () => {
    const refused = readRefused(types.handover, { ...noms, detailUrl: 7 });
    assert.deepEqual(refused, { facts: ["handover"], outcome: "UnreadableMessage" });
  });
});

describe("a person", () => {
  test("is the NOMS number behind a blank one", () => {
    const identifiers = [{ type: "NOMS", value: " " }, ...noms.personReference.identifiers];
    assert.deepEqual(readEvent(types.handover, { personReference: { identifiers } }).person, { nomsNumber: "A1001AA" });
  });

  test("is the first NOMS number among other identifiers, in any letter case", () => {
    const identifiers = [
      null,
      { type: "CRN", value: "X100001" },
      { type: "NOMS", value: " a1001aa " },
      { type: "NOMS", value: "A1002AA" },
    ];
    assert.deepEqual(readEvent(types.allocation, { personReference: { identifiers } }).person, {
      nomsNumber: "A1001AA",
    });
  });

  test("is a CRN in any letter case", () => {
    assert.deepEqual(readEvent(types.sentence, { crn: " x100004" }).person, { crn: "X100004" });
  });
});

describe("the time of an event", () => {
  const rows = [
    { name: "is its own", body: {}, means: occurredAt, source: "event" },
    { name: "is that of SNS where its own is none", body: { occurredAt: "soon" }, means: sentAt, source: "SNS" },
    { name: "is that of SNS where it has none", body: { occurredAt: undefined }, means: sentAt, source: "SNS" },
  ];
  for (const { name, body, means, source } of rows) {
    test(name, () => {
      const event = readEvent(types.handover, { ...noms, ...body });
      assert.deepEqual([event.occurredAt, event.timeSource], [Date.parse(means), source]);
    });
  }

  test("is unknown where neither can be read", () => {
    const event = read(types.handover, { ...noms, occurredAt: "soon" }, "later");
    assert.deepEqual(event.kind === "event" ? [event.occurredAt, event.timeSource] : undefined, [null, null]);
  });
});

describe("the staff code of an event", () => {
  const rows = [
    { given: 485_637, means: 485_637 },
    { given: "485637", means: 485_637 },
    { given: null, means: null },
    { given: undefined, means: undefined },
    { given: "nobody", means: undefined },
    { given: 4.5, means: undefined },
    { given: {}, means: undefined },
  ];
  for (const { given, means } of rows) {
    test(`is ${means} when it says ${JSON.stringify(given)}`, () => {
      const event = readEvent(types.allocation, { ...noms, additionalInformation: { staffCode: given } });
      assert.equal(event.staffCode, means);
    });
  }

  test("is missing without additional information", () => {
    assert.equal(readEvent(types.allocation, noms).staffCode, undefined);
  });
});

describe("a bulk update that the service's predecessor left in the queue", () => {
  const bulk = (additionalInformation: unknown) => ({ ...noms, version: 1, detailUrl, additionalInformation });

  test("is a refresh of the handover dates, as dry as it says", () => {
    for (const dryRun of [true, false]) {
      const event = readEvent(types.bulkUpdate, bulk({ dryRun }));
      assert.deepEqual([event.rule.isRefresh, event.facts, event.dryRun], [true, ["handover"], dryRun]);
      assert.equal(event.removeStale, false);
    }
  });

  test("is refused where its flag is odd: a dry run must not become a real one", () => {
    const refused = { facts: ["handover"], outcome: "UnreadableMessage" };
    assert.deepEqual(readRefused(types.bulkUpdate, bulk({ dryRun: "true" })), refused);
  });
});

describe("a refresh", () => {
  const refresh = (additionalInformation: unknown) => ({ ...noms, additionalInformation });

  test("names its facts and flags", () => {
    const asked = { facts: ["allocation"], dryRun: true, removeStale: true, refreshRun: "2026-04-02-1" };
    const { facts, dryRun, removeStale } = readEvent(types.refresh, refresh(asked));
    assert.deepEqual({ facts, dryRun, removeStale }, { facts: ["allocation"], dryRun: true, removeStale: true });
  });

  test("that names a fact twice is about it once", () => {
    const asked = { facts: ["handover", "handover", "allocation"] };
    assert.deepEqual(readEvent(types.refresh, refresh(asked)).facts, ["handover", "allocation"]);
  });

  const faulty = [
    undefined,
    null,
    {},
    { facts: [] },
    { facts: "handover" },
    { facts: ["handover", "tier"] },
    { facts: ["handover"], dryRun: "true" },
    { facts: ["handover"], dryRun: 1 },
    { facts: ["handover"], dryRun: null },
    { facts: ["handover"], removeStale: "yes" },
  ];
  for (const asked of faulty) {
    test(`is unreadable with ${JSON.stringify(asked)}: it must not become a real run`, () => {
      assert.deepEqual(readRefused(types.refresh, refresh(asked)), { facts: [], outcome: "UnreadableMessage" });
    });
  }
});
