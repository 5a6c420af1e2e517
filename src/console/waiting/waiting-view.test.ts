import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { viewDismissal, viewWaiting, writeWaitingCase, type WaitingFacts } from "./waiting-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const one = {
  nomsNumber: "A1001AA",
  fact: "handover",
  outcome: "NoActiveCustodialSentence",
  waitsFor: "sentence change",
  inboxKey: "=a/key",
  since: "2026-11-26T12:00:00Z",
  isNumberInDelius: true,
} as const satisfies WaitingFacts["page"]["cases"][number];
const view = (rest: Partial<WaitingFacts> = {}) =>
  viewWaiting({ groups: [], page: { cases: [one] }, waitsFor: undefined, isFirst: true, ...rest }, now);

describe("the page of waiting cases", () => {
  it("counts the groups and leads to each", () => {
    const { since: oldest, outcome, waitsFor } = one;
    const { groups, total } = view({ groups: [{ outcome, waitsFor, cases: 1_200, oldest, newest: oldest }] });
    assert.equal(total, "1,200 entries");
    assert.deepEqual(
      groups.map((group) => [group.waitsFor, group.why, group.number, group.oldest.ago, group.href]),
      [
        [
          "A sentence change",
          "The case has no active custodial sentence",
          "1,200",
          "2 days ago",
          "/console/waiting?waitsFor=sentence%20change#cases",
        ],
      ],
    );
  });

  for (const [name, waiting, isInVain] of [
    ["a sentence change of a known number", one, false],
    ["a sentence change of an unknown number", { ...one, isNumberInDelius: false }, true],
    ["an identifier", { ...one, waitsFor: "prison identifier", isNumberInDelius: false }, false],
  ] as const) {
    it(`says of ${name} whether it waits in vain`, () => {
      assert.equal(view({ page: { cases: [waiting] } }).rows[0]?.advice !== null, isInVain);
    });
  }

  it("keeps what is waited for in the links to more and to the file", () => {
    const { next, csv, rows } = view({ page: { cases: [one], next: "older" }, waitsFor: "sentence change" });
    assert.equal(next, "/console/waiting?waitsFor=sentence%20change&before=older#cases");
    assert.equal(csv, "/console/waiting/cases.csv?waitsFor=sentence%20change");
    assert.deepEqual(
      rows.map(({ messageHref, dismissHref }) => [messageHref, dismissHref]),
      [["/console/messages/%3Da%2Fkey", "/console/waiting/dismiss?nomsNumber=A1001AA&fact=handover"]],
    );
    assert.equal(viewDismissal(one, null).what, "Handover dates");
  });

  it("writes no formula into its file", () => {
    assert.equal(
      writeWaitingCase(one, now),
      "A1001AA,Handover dates,a sentence change,The case has no active custodial sentence,26 November 2026 at 12:00,2 days,yes,'=a/key\r\n",
    );
  });
});
