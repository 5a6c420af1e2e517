import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handoverEvent } from "../../../test/support/messages.ts";
import { deliveryOf, mpcOrigin, sightedPerson, lookupOf } from "../../../test/support/pipeline-fixture.ts";
import { readCaseEvent, readEnvelope } from "../events/case-event.ts";
import { refreshEventType } from "../events/event-table.ts";
import type { LookupResult } from "./prepared-message.ts";
import { triage } from "./triage.ts";

const noms = "A1001AA";
const one = lookupOf([sightedPerson(1, noms)]);
const url = {
  handover: `${mpcOrigin}/api/handovers/${noms}`,
  allocation: `${mpcOrigin}/api/allocation/${noms}/primary_pom`,
};

function triageEvent(body: object, lookup: LookupResult = one) {
  const event = readCaseEvent(readEnvelope(deliveryOf(body)));
  return triage(event, { lookup, origins: [mpcOrigin, "https://other.example"] });
}

function brief(body: object, lookup?: LookupResult) {
  return triageEvent(body, lookup).map((step) =>
    step.kind === "ended" ? [step.fact, step.outcome] : [step.fact, step.url],
  );
}

describe("an event of Manage POM Cases", () => {
  const event = handoverEvent(mpcOrigin, noms);

  test("is asked about at its detail URL", () => {
    assert.deepEqual(triageEvent(event), [{ kind: "fetch", fact: "handover", url: url.handover }]);
  });

  test("is asked about at another listed origin where its detail URL says so", () => {
    const elsewhere = `https://other.example/api/handovers/${noms}`;
    assert.deepEqual(brief({ ...event, detailUrl: elsewhere }), [["handover", elsewhere]]);
  });

  test("without a detail URL is asked about at the live path", () => {
    assert.deepEqual(brief({ ...event, detailUrl: undefined }), [["handover", url.handover]]);
    assert.deepEqual(brief({ ...event, detailUrl: null }), [["handover", url.handover]]);
  });

  test("with an untrusted detail URL ends before any call", () => {
    assert.deepEqual(brief({ ...event, detailUrl: "https://evil.example/api/A1001AA" }), [
      ["handover", "UntrustedDetailUrl"],
    ]);
  });

  test("about a person whom Delius does not know waits, before Manage POM Cases is asked, unlike in the original", () => {
    assert.deepEqual(brief(event, lookupOf([])), [["handover", "PersonNotFound"]]);
  });

  test("about a number that two cases have is quarantined", () => {
    const two = lookupOf([sightedPerson(1, noms), sightedPerson(2, noms)]);
    assert.deepEqual(brief(event, two), [["handover", "AmbiguousPerson"]]);
  });
});

describe("an event that asks for both facts", () => {
  const refresh = {
    ...handoverEvent(mpcOrigin, noms, { detailUrl: "https://evil.example/api/A1001AA" }),
    eventType: refreshEventType,
    additionalInformation: { facts: ["handover", "allocation"] },
  };

  test("is asked about at two addresses that are built, no matter what detail URL it has", () => {
    assert.deepEqual(brief(refresh), Object.entries(url));
  });

  test("without a NOMS number ends once for each fact", () => {
    const added = { eventType: "probation-case.prison-identifier.added" };
    assert.deepEqual(brief(added), [
      ["handover", "NoNomsNumber"],
      ["allocation", "NoNomsNumber"],
    ]);
  });
});

test("a message that does not name its fact ends once, for no fact", () => {
  assert.deepEqual(brief({ eventType: "other.type" }), [[null, "UnhandledEventType"]]);
});

describe("a sentence change", () => {
  const changed = { eventType: "SENTENCE_CHANGED", crn: "X000001" };
  const withSentences = (sentences: number, id = 1) => sightedPerson(id, noms, { sentences });
  const rows = [
    { name: "of an unknown CRN is nothing to refresh", lookup: lookupOf([]), means: "NothingToRefresh" },
    {
      name: "of a case without a NOMS number is nothing to refresh",
      lookup: lookupOf([sightedPerson(1, null, { sentences: 1 })]),
      means: "NothingToRefresh",
    },
    {
      name: "of a case without a sentence is nothing to refresh",
      lookup: lookupOf([withSentences(0)]),
      means: "NothingToRefresh",
    },
    {
      name: "of a case with two sentences is nothing to refresh",
      lookup: lookupOf([withSentences(2)]),
      means: "NothingToRefresh",
    },
    {
      name: "of a case with one sentence is asked about",
      lookup: lookupOf([withSentences(1)]),
      means: url.handover,
    },
    {
      name: "of a case that waits is asked about without a sentence",
      lookup: lookupOf([withSentences(0)], { isWaiting: true }),
      means: url.handover,
    },
    {
      name: "of a case that waits is asked about with two",
      lookup: lookupOf([withSentences(2)], { isWaiting: true }),
      means: url.handover,
    },
    {
      name: "of a number that two cases have is quarantined",
      lookup: lookupOf([withSentences(1), withSentences(1, 2)]),
      means: "AmbiguousPerson",
    },
    {
      name: "of the one of two cases with a number that has a sentence is asked about",
      lookup: lookupOf([withSentences(1), withSentences(0, 2)]),
      means: url.handover,
    },
    {
      name: "of the other of them is nothing to refresh",
      lookup: lookupOf([withSentences(0), withSentences(1, 2)]),
      means: "NothingToRefresh",
    },
  ];
  for (const { name, lookup, means } of rows) {
    test(name, () => {
      assert.deepEqual(brief(changed, lookup), [["handover", means]]);
    });
  }
});
