import assert from "node:assert/strict";
import fc from "fast-check";
import { keyDateTypes, type KeyDateType } from "../fact/delius-codes.ts";
import { describe, test } from "node:test";
import {
  applyKeyDates as apply,
  custodyOf as custody,
  datesAnswer as dates,
  decideDates as decide,
  keyDateOf as keyDate,
} from "../../../test/support/handover-fixture.ts";
import type { Custody } from "./handover.ts";

describe("one handover date, each row of the table (rules H2, H3)", () => {
  const rows = [
    { mpc: "2026-07-01", live: null, outcome: "KeyDateCreated", after: "2026-07-01" },
    { mpc: "2026-07-01", live: "2026-06-30", outcome: "KeyDateUpdated", after: "2026-07-01" },
    { mpc: "2026-07-01", live: "2026-07-01", outcome: "NoKeyDateChange", after: "2026-07-01" },
    { mpc: null, live: "2026-07-01", outcome: "KeyDateDeleted", after: null },
    { mpc: null, live: null, outcome: "NoKeyDateChange", after: null },
    { mpc: undefined, live: "2026-07-01", outcome: "NoKeyDateChange", after: "2026-07-01" },
    { mpc: undefined, live: null, outcome: "NoKeyDateChange", after: null },
  ] as const;
  for (const type of keyDateTypes) {
    for (const { mpc, live, outcome, after } of rows) {
      test(`${type}: MPC ${String(mpc)}, Delius ${String(live)} → ${outcome}`, () => {
        const before = custody(...(live === null ? [] : [keyDate(type, live)]));
        const decision = decide(type === "POM2" ? dates(mpc, undefined) : dates(undefined, mpc), [before]);
        assert.equal(decision.outcome, outcome);
        const left = apply(before, decision.changes).keyDates.map(({ date }) => date);
        assert.deepEqual(left, after === null ? [] : [after]);
      });
    }
  }
});

describe("both dates", () => {
  test("are decided each by itself and end in the strongest outcome", () => {
    const decision = decide(dates("2026-07-01", null), [custody(keyDate("POM1", "2026-06-01"))]);
    assert.equal(decision.outcome, "KeyDateCreated");
    assert.deepEqual(decision.properties, { nomsId: "A1002AA", handoverDate: "2026-07-01" });
    assert.deepEqual(decision.reasons, [
      "The handover date (POM2) is created as 2026-07-01.",
      "The handover start date (POM1) 2026-06-01 no longer applies and is removed.",
    ]);
  });

  test("that are equal change nothing, unlike in the original, which reports an update", () => {
    const both = [custody(keyDate("POM1", "2026-06-01"), keyDate("POM2", "2026-07-01"))];
    const decision = decide(dates("2026-07-01", "2026-06-01"), both);
    assert.deepEqual([decision.outcome, decision.changes], ["NoKeyDateChange", null]);
  });

  test("stay in Delius when null dates are to be kept", () => {
    const both = [custody(keyDate("POM1", "2026-06-01"), keyDate("POM2", "2026-07-01"))];
    const decision = decide(dates(null, null), both, { nullDates: "keep" });
    assert.deepEqual([decision.outcome, decision.changes], ["NoKeyDateChange", null]);
  });
});

describe("a date that a deleted row holds", () => {
  const [gone, live] = [keyDate("POM2", "2026-07-01", 5), keyDate("POM2", "2026-07-02", 6)];
  const came = dates("2026-07-01", undefined);

  test("comes back with that row when there is no live one", () => {
    const before = { ...custody(), deletedKeyDates: [gone] };
    const decision = decide(came, [before]);
    assert.deepEqual([decision.outcome, decision.changes], ["KeyDateCreated", [{ kind: "revive", deleted: gone }]]);
  });

  test("comes back with that row, and the live row of another date goes", () => {
    const before = { ...custody(live), deletedKeyDates: [gone] };
    const decision = decide(came, [before]);
    const replace = { kind: "replace", before: live, deleted: gone };
    assert.deepEqual([decision.outcome, decision.changes], ["KeyDateUpdated", [replace]]);
    assert.deepEqual(apply(before, decision.changes), { ...custody(gone), deletedKeyDates: [live] });
  });

  test("is no matter for the other type", () => {
    const before = { ...custody(), deletedKeyDates: [{ ...gone, type: "POM1" as const }] };
    assert.deepEqual(
      decide(came, [before]).changes?.map(({ kind }) => kind),
      ["insert"],
    );
  });

  for (const [name, course] of [
    ["clear and the same date again", [null, "2026-07-01", null, "2026-07-01"]],
    ["one date, another, the first again", ["2026-07-01", "2026-07-02", "2026-07-01", "2026-07-02"]],
  ] as const) {
    test(`is taken by Delius time and again: ${name}`, () => {
      const after = course.reduce<Custody>(
        (held, date) => apply(held, decide(dates(date, undefined), [held]).changes),
        custody(gone),
      );
      assert.deepEqual(
        after.keyDates.map(({ date }) => date),
        [course.at(-1)],
      );
    });
  }
});

describe("several live rows of one type, as the original can leave them", () => {
  const [oldest, younger] = [keyDate("POM2", "2026-07-01", 5), keyDate("POM2", "2026-07-02", 6)];

  test("the oldest stays and the rest are removed", () => {
    const decision = decide(dates("2026-07-01", undefined), [custody(oldest, younger)]);
    assert.equal(decision.outcome, "KeyDateDeleted");
    assert.deepEqual(decision.changes, [{ kind: "remove", before: younger }]);
  });

  test("the oldest is the one that is updated", () => {
    const decision = decide(dates("2026-08-01", undefined), [custody(oldest, younger)]);
    assert.equal(decision.outcome, "KeyDateUpdated");
    assert.deepEqual(apply(custody(oldest, younger), decision.changes).keyDates, [{ ...oldest, date: "2026-08-01" }]);
  });

  test("the one that has the date stays, though another is older", () => {
    const before = custody(oldest, younger);
    const decision = decide(dates("2026-07-02", undefined), [before]);
    assert.equal(decision.outcome, "KeyDateDeleted");
    assert.deepEqual(apply(before, decision.changes).keyDates, [younger]);
  });

  test("all go when the date no longer applies", () => {
    const decision = decide(dates(null, undefined), [custody(oldest, younger)]);
    assert.deepEqual(apply(custody(oldest, younger), decision.changes).keyDates, []);
  });
});

describe("a case that cannot be written", () => {
  test("waits when it has no active custodial sentence", () => {
    assert.equal(decide(dates("2026-07-01", null), []).outcome, "NoActiveCustodialSentence");
  });

  test("waits when it has several active custodial sentences", () => {
    assert.equal(decide(dates("2026-07-01", null), [custody(), custody()]).outcome, "MultipleActiveCustodialSentences");
  });

  test("is quarantined when the answer names another person, which the original does not check", () => {
    const answer = { ...dates("2026-07-01", null), nomsNumber: "A9999ZZ" };
    const decision = decide(answer, [custody()]);
    assert.deepEqual([decision.outcome, decision.changes], ["MismatchedAnswer", null]);
  });
});

describe("no handover data", () => {
  const both = custody(keyDate("POM1", "2026-06-01"), keyDate("POM2", "2026-07-01"));

  test("leaves the dates that Delius has", () => {
    const decision = decide({ kind: "noData" }, [both]);
    assert.deepEqual([decision.outcome, decision.changes], ["NoHandoverData", null]);
  });

  test("counts as both dates null when stale dates are to be removed", () => {
    const decision = decide({ kind: "noData" }, [both], { removeStale: true });
    assert.equal(decision.outcome, "KeyDateDeleted");
    assert.deepEqual(apply(both, decision.changes).keyDates, []);
  });
});

test("whatever Delius holds, afterwards it equals the answer, and deciding again writes nothing", () => {
  const date = fc.integer({ min: 1, max: 6 }).map((day) => `2026-07-${String(day).padStart(2, "0")}`);
  const answered = fc.option(fc.option(date, { nil: null }), { nil: undefined });
  // Delius holds no two rows of one type and date; some of them are deleted, by us or by another hand.
  const rows = fc.uniqueArray(fc.tuple(fc.constantFrom(...keyDateTypes), date, fc.boolean()), {
    maxLength: 8,
    selector: ([type, value]) => `${type} ${value}`,
  });
  fc.assert(
    fc.property(rows, answered, answered, (standing, handoverDate, handoverStartDate) => {
      const held = standing.map(([type, value, isDeleted], index) => ({
        isDeleted,
        row: keyDate(type, value, index + 1),
      }));
      const rowsOf = (deleted: boolean) => held.filter((one) => one.isDeleted === deleted).map(({ row }) => row);
      const before = { ...custody(...rowsOf(false)), deletedKeyDates: rowsOf(true) };
      const answer = dates(handoverDate, handoverStartDate);
      const after = apply(before, decide(answer, [before]).changes);
      const datesHeld = (type: KeyDateType, { keyDates }: Custody) =>
        keyDates.filter((row) => row.type === type).map((row) => row.date);
      for (const [type, value] of [
        ["POM2", handoverDate],
        ["POM1", handoverStartDate],
      ] as const) {
        const wanted = value === undefined ? datesHeld(type, before) : [value].filter((one) => one !== null);
        assert.deepEqual(datesHeld(type, after), wanted);
      }
      assert.equal(decide(answer, [after]).changes, null);
    }),
  );
});
