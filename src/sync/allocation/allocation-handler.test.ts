import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  allocated,
  decide,
  factsOf,
  hour,
  officerOf,
  pom,
  questionOf,
  responsibleOfficer,
  summer,
} from "../../../test/support/allocation-fixture.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { StandingRows } from "./plan.ts";
import { describeAllocation } from "./allocation-handler.ts";

const start = summer - 9 * hour;
const open = pom(1, officerOf("N03", 1), { start });
const held = responsibleOfficer(1, 1, { start });

function describeDecision(rows: StandingRows, answer: AllocationAnswer) {
  const { changes } = decide(factsOf(rows, answer), questionOf(answer));
  assert.ok(changes);
  return describeAllocation(changes);
}

describe("the journal's account of an allocation", () => {
  test("reports every record before and after, the new ones with what they hold", () => {
    const account = describeDecision(
      { poms: [open], responsibleOfficers: [held] },
      allocated("LEI", 8, "new@example.com"),
    );
    const shown = {
      pomId: 1,
      officer: "N03A001",
      team: "N03POM",
      reason: "AUT",
      email: null,
      start: "2026-06-15T03:00:00.000Z",
    };
    const now = "2026-06-15T12:00:00.000Z";
    assert.deepEqual(account.slice(0, -2), [
      { record: "POM", before: { ...shown, end: null }, after: { ...shown, end: now } },
      {
        record: "officer",
        before: null,
        after: { code: "N03A004", forename: "Forename8", surname: "Officer", start: now },
      },
      { record: "team member", before: null, after: { officer: "N03A004", team: "N03POM" } },
      {
        record: "POM",
        before: null,
        after: { officer: "N03A004", team: "N03POM", reason: "INA", email: "new@example.com", start: now, end: null },
      },
      {
        record: "responsible officer",
        before: { responsibleOfficerId: 1, pom: 1, start: shown.start, end: null },
        after: { responsibleOfficerId: 1, pom: 1, start: shown.start, end: now },
      },
      { record: "responsible officer", before: null, after: { pom: "new", start: now, end: null } },
    ]);
    assert.deepEqual(
      account.slice(-2).map(({ record, before, after }) => [record, before, after?.["type"], after?.["at"]]),
      [
        ["contact", null, "EPOMIN", now],
        ["contact", null, "ROC", now],
      ],
    );
  });

  test("reports a removed POM as one that is no more", () => {
    const future = pom(2, officerOf("N03", 2), { start: summer + hour });
    const [removed, ...others] = describeDecision(
      { poms: [open, future], responsibleOfficers: [] },
      allocated("LEI", 1),
    );
    assert.deepEqual([removed?.record, removed?.before?.["pomId"], removed?.after, others], ["POM", 2, null, []]);
  });

  test("reports a known officer of the team by the POM alone", () => {
    const account = describeDecision({ poms: [], responsibleOfficers: [] }, allocated("LEI", 2));
    assert.deepEqual(
      account.map(({ record }) => record),
      ["POM", "contact"],
    );
  });
});
