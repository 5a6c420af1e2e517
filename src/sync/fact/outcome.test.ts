import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { outcomeClasses, waitsFor, type Outcome, type OutcomeClass } from "./outcome.ts";

const table: Readonly<Record<OutcomeClass, readonly Outcome[]>> = {
  written: [
    "PomAllocated",
    "PomDeallocated",
    "PomEmailUpdated",
    "PomRepaired",
    "KeyDateCreated",
    "KeyDateUpdated",
    "KeyDateDeleted",
  ],
  "no change": [
    "NoPomChange",
    "NoKeyDateChange",
    "NotReadyToAllocate",
    "NoHandoverData",
    "NothingToRefresh",
    "NoNomsNumber",
    "Duplicate",
  ],
  waiting: ["PersonNotFound", "NoActiveCustodialSentence", "MultipleActiveCustodialSentences"],
  quarantined: [
    "UnreadableMessage",
    "UnhandledEventType",
    "UntrustedDetailUrl",
    "InvalidAnswer",
    "MismatchedAnswer",
    "UnexpectedNotFound",
    "UnknownPrison",
    "UnknownTeam",
    "UnallocatedOfficerMissing",
    "StaffCodesExhausted",
    "ReferenceDataMissing",
    "AmbiguousPerson",
    "DeliusRefused",
    "UnreadableRow",
  ],
};

describe("the outcomes", () => {
  for (const [outcomeClass, outcomes] of Object.entries(table)) {
    test(`of class ${outcomeClass} are those that are documented (rule O1)`, () => {
      const found = Object.entries(outcomeClasses).filter(([, one]) => one === outcomeClass);
      assert.deepEqual(
        found.map(([name]) => name),
        outcomes,
      );
    });
  }

  test("that wait say for what, and no others do", () => {
    assert.deepEqual(Object.keys(waitsFor), table.waiting);
    assert.deepEqual(
      table.waiting.map((name) => waitsFor[name]),
      ["prison identifier", "sentence change", "sentence change"],
    );
  });
});
