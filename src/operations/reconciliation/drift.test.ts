import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { staffIdSchema } from "../../delius/staff/officer.ts";
import {
  findDrift,
  findOfficer,
  isSameDifference,
  type ComparedFact,
  type Difference,
  type Standing,
} from "./drift.ts";

const nobody: Standing = { poms: [], keyDates: [] };
const staffId = staffIdSchema.parse(1);
const named = { staffId, officer: "N03A001", name: "Ada Birch", provider: "N03", start: "2026-01-01" };
const unallocated = { staffId, officer: "N03ALLU", name: "Nobody Yet", provider: "N03", start: "2026-01-01" };
const dated = { type: "POM1", date: "2026-08-01" };
const row = { date: "2026-08-01" };

function compared(rest: Partial<ComparedFact>): ComparedFact {
  return { fact: "handover", outcome: "NoKeyDateChange", answer: null, changes: [], ...rest };
}

function classesOf(rest: Partial<ComparedFact>, standing: Standing = nobody): readonly string[] {
  return findDrift([compared(rest)], standing).map(({ class: name }) => name);
}

describe("the handover dates of a case", () => {
  const change = (before: ComparedFact["changes"][number]["before"], after: typeof before) => ({
    record: "key date",
    before,
    after,
  });

  it("that the pipeline would leave are no drift", () => {
    assert.deepEqual(classesOf({}, { ...nobody, keyDates: [dated] }), []);
  });

  it("are missing, different or extra, each once", () => {
    const changes = [change(null, row), change(null, row), change(row, row), change(row, null)];
    assert.deepEqual(classesOf({ outcome: "KeyDateCreated", changes }), [
      "date-missing",
      "date-different",
      "date-extra",
    ]);
  });

  it("that are extra say how many would be deleted", () => {
    const changes = [change(row, null), change(row, null)];
    const [found] = findDrift([compared({ outcome: "KeyDateDeleted", changes })], nobody);
    assert.equal(found?.deletes, 2);
  });

  it("are stale where Manage POM Cases holds none and Delius does", () => {
    assert.deepEqual(classesOf({ outcome: "NoHandoverData" }, { ...nobody, keyDates: [dated] }), ["stale"]);
    assert.deepEqual(classesOf({ outcome: "NoHandoverData" }), []);
  });

  it("cannot be applied without one sentence", () => {
    assert.deepEqual(classesOf({ outcome: "NoActiveCustodialSentence" }), ["cannot-apply"]);
    assert.deepEqual(classesOf({ outcome: "MultipleActiveCustodialSentences" }), ["cannot-apply"]);
  });
});

describe("the POM of a case", () => {
  const pom = (rest: Partial<ComparedFact>, poms: Standing["poms"] = []) =>
    classesOf({ fact: "allocation", ...rest }, { ...nobody, poms });
  const changed = (after: ComparedFact["changes"][number]["after"]) => [
    { record: "POM", before: { end: null }, after },
  ];

  it("is missing where no one or the unallocated officer is, else different", () => {
    assert.deepEqual(pom({ outcome: "PomAllocated" }), ["pom-missing"]);
    assert.deepEqual(pom({ outcome: "PomAllocated" }, [unallocated]), ["pom-missing"]);
    assert.deepEqual(pom({ outcome: "PomAllocated" }, [named]), ["pom-different"]);
    assert.deepEqual(pom({ outcome: "PomEmailUpdated" }, [named]), ["pom-different"]);
  });

  it("is extra where no one is allocated, or a row too many is ended or removed", () => {
    assert.deepEqual(pom({ outcome: "PomDeallocated" }, [named]), ["pom-extra"]);
    assert.deepEqual(pom({ outcome: "PomRepaired", changes: changed({ end: "2026-01-01" }) }, [named]), ["pom-extra"]);
    assert.deepEqual(pom({ outcome: "PomRepaired", changes: changed(null) }, [named]), ["pom-extra"]);
    assert.deepEqual(pom({ outcome: "PomRepaired", changes: changed({ end: null }) }, [named]), ["pom-different"]);
  });

  it("that is stale deletes no dates", () => {
    const stale = compared({ fact: "allocation", outcome: "NotReadyToAllocate" });
    const [found] = findDrift([stale], { poms: [named], keyDates: [dated] });
    assert.deepEqual([found?.class, found?.deletes], ["stale", 0]);
  });

  it("is stale where Manage POM Cases is not ready and Delius names someone", () => {
    assert.deepEqual(pom({ outcome: "NotReadyToAllocate" }, [named]), ["stale"]);
    assert.deepEqual(pom({ outcome: "NotReadyToAllocate" }, [unallocated]), []);
  });
});

describe("a case", () => {
  it("that would be quarantined is an error, and one that is gone is none", () => {
    assert.deepEqual(classesOf({ outcome: "UnknownPrison" }), ["error"]);
    assert.deepEqual(classesOf({ outcome: "PersonNotFound" }), []);
  });

  it("shows which officer stands for whom: the standing one, or the one that would be written", () => {
    const answer = { kind: "allocated", prisonCode: "LEI", manager: { code: 7, forename: "Ada", surname: "Birch" } };
    const standing = { ...nobody, poms: [named] };
    const same = compared({ fact: "allocation", outcome: "NoPomChange", answer });
    assert.deepEqual(findOfficer([same], standing), { staffId, officer: "N03A001", staffCode: 7 });
    const replaced = (after: ComparedFact["changes"][number]["after"]) =>
      findOfficer([{ ...same, outcome: "PomAllocated", changes: [{ record: "POM", before: null, after }] }], standing);
    const found = replaced({ officer: "N03A002", staffId: 2 });
    assert.deepEqual(found, { staffId: 2, officer: "N03A002", staffCode: 7 });
    assert.equal(replaced({ officer: "N03A002" }), null, "Delius does not have this one yet");
    assert.equal(findOfficer([{ ...same, outcome: "UnknownPrison" }], standing), null);
    assert.equal(findOfficer([{ ...same, answer: { kind: "notReady" } }], standing), null);
  });
});

describe("two readings", () => {
  const difference: Difference = {
    fact: "handover",
    class: "date-missing",
    outcome: "KeyDateCreated",
    inMpc: { handoverDate: "2026-08-01" },
    inDelius: { keyDates: [] },
    deletes: 0,
  };

  it("show the same where neither side changed", () => {
    assert.ok(isSameDifference(difference, { ...difference }));
    assert.ok(!isSameDifference(difference, { ...difference, inMpc: { handoverDate: "2026-09-01" } }));
    assert.ok(!isSameDifference(difference, { ...difference, inDelius: { keyDates: [dated] } }));
    assert.ok(!isSameDifference(difference, { ...difference, class: "date-different" }));
    assert.ok(!isSameDifference(difference, { ...difference, fact: "allocation" }));
  });

  it("that both fail are one error, no matter what failed", () => {
    const error = { ...difference, class: "error" } as const;
    assert.ok(isSameDifference(error, { ...error, inMpc: null }));
  });
});
