import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { question, standingRows } from "../../../test/support/allocation-arbitrary.ts";
import { applyChanges, decide, factsOf, hour } from "../../../test/support/allocation-fixture.ts";
import { promises } from "../../../test/support/allocation-promises.ts";
import type { StandingRows } from "./plan.ts";
import { pomIdSchema, responsibleOfficerIdSchema } from "./plan.ts";

// Keys come from blocks of 500, one for each connection, so those of later rows are often lower.
function turnKeys({ poms, responsibleOfficers }: StandingRows): StandingRows {
  const turn = (key: number) => 1000 - key;
  return {
    poms: poms.map((row) => ({ ...row, pomId: pomIdSchema.parse(turn(row.pomId)) })).toReversed(),
    responsibleOfficers: responsibleOfficers
      .map((row) => ({
        ...row,
        responsibleOfficerId: responsibleOfficerIdSchema.parse(turn(row.responsibleOfficerId)),
        pomId: row.pomId === null ? null : pomIdSchema.parse(turn(row.pomId)),
      }))
      .toReversed(),
  };
}

/** Whether two rows do not differ in time, so that only their keys can decide which of them stays. */
function hasTwins({ poms, responsibleOfficers }: StandingRows): boolean {
  const [pomTimes, officerTimes] = [
    poms.map(({ start, createdAt }) => `${start} ${createdAt}`),
    responsibleOfficers.map(({ start, end }) => `${start} ${end}`),
  ];
  return [pomTimes, officerTimes].some((times) => new Set(times).size < times.length);
}

/** The periods with who holds them in the place of keys, in no order. */
function periodsOf({ poms, responsibleOfficers }: StandingRows): readonly string[] {
  const withoutKeys = (row: object) =>
    JSON.stringify(row, (name, value: unknown) => (name.endsWith("Id") ? "" : value));
  const holders = new Map(poms.map((pom) => [pom.pomId, withoutKeys(pom)]));
  const led = responsibleOfficers.map((row) => [withoutKeys(row), row.pomId === null ? "COM" : holders.get(row.pomId)]);
  return [...holders.values(), ...led.map(String)].toSorted();
}

describe("no matter what Delius holds and no matter what Manage POM Cases answers", () => {
  for (const [promise, check] of Object.entries(promises)) {
    test(promise, () => {
      fc.assert(
        fc.property(standingRows, question, (before, asked) => {
          const decision = decide(factsOf(before, asked.answer), asked);
          check({ before, question: asked, decision, after: applyChanges(before, decision.changes) });
        }),
        { numRuns: 1500 },
      );
    });
  }

  test("keys decide nothing", () => {
    fc.assert(
      fc.property(standingRows, question, (before, asked) => {
        fc.pre(!hasTwins(before));
        const { changes } = decide(factsOf(before, asked.answer), asked);
        const turned = decide(factsOf(turnKeys(before), asked.answer), asked).changes;
        assert.deepEqual(periodsOf(applyChanges(turnKeys(before), turned)), periodsOf(applyChanges(before, changes)));
      }),
      { numRuns: 1500 },
    );
  });

  test("deciding again writes nothing", () => {
    fc.assert(
      fc.property(standingRows, question, (before, asked) => {
        const after = applyChanges(before, decide(factsOf(before, asked.answer), asked).changes);
        const again = { ...asked, now: asked.now + hour / 2 };
        assert.equal(decide(factsOf(after, asked.answer), again).changes, null);
      }),
    );
  });
});
