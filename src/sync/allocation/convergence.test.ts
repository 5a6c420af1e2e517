import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { answer } from "../../../test/support/allocation-arbitrary.ts";
import { decide, factsOf, minute, questionOf } from "../../../test/support/allocation-fixture.ts";
import { promises } from "../../../test/support/allocation-promises.ts";
import { toDeliusTime } from "../../platform/time/london-time.ts";
import { figures, reportFigures } from "../../../test/support/figures.ts";
import {
  firstWorld,
  startWorld,
  step,
  takeStep,
  type Step,
  type World,
} from "../../../test/support/allocation-world.ts";

const runs = { numRuns: figures.isWhole ? 10_000 : 300 };
const noWait: Step = { does: "wait", milliseconds: 0 };
const shuffled: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ does: fc.constant("read"), place: fc.nat(9), meanwhile: fc.constant(noWait) }),
  { minLength: 1, maxLength: 5 },
);

/** A history that ends with a change, after which events are read in any order, some of them again and others never. */
const endings: fc.Arbitrary<World> = fc
  .tuple(firstWorld, fc.array(step, { maxLength: 20 }), answer, shuffled)
  .map(([world, steps, to, reads]) =>
    live(world, [...steps, { does: "change", to, isLost: false }, { does: "wait", milliseconds: minute }, ...reads]),
  );

function live(world: World, steps: readonly Step[]): World {
  return steps.reduce(takeStep, world);
}

describe("any history of Manage POM Cases and of other hands in Delius, read late, shuffled and repeated (P5)", () => {
  test("ends in Manage POM Cases' last answer", () => {
    fc.assert(
      fc.property(endings, ({ answer: last, rows, now }) => {
        const read = toDeliusTime(now);
        const question = questionOf(last, { occurredAt: read, now: read });
        const decision = decide(factsOf(rows, last), question);
        assert.equal(decision.changes, null);
        Object.values(promises).forEach((check) => check({ before: rows, after: rows, question, decision }));
      }),
      runs,
    );
    reportFigures({ "histories that converge": runs.numRuns });
  });

  test("keeps every promise at every step", () => {
    fc.assert(
      fc.property(endings, ({ written }) => {
        written.forEach((one) => Object.values(promises).forEach((check) => check(one)));
      }),
      runs,
    );
  });

  test("has as many contacts as real changes", () => {
    fc.assert(
      fc.property(endings, ({ written }) => {
        const changes = written.flatMap(({ decision }) => decision.changes ?? []);
        const types = changes.flatMap(({ contacts }) => contacts.map(({ type }) => type));
        const moves = types.filter((type) => type === "ROC");
        assert.equal(types.length - moves.length, changes.filter(({ newPom }) => newPom !== null).length);
        assert.equal(moves.length, changes.filter((one) => one.newResponsibleOfficer !== null).length);
      }),
      runs,
    );
  });
});

test("events read in order, each before the next change and without other hands, hold from when they happened", () => {
  const pauses = fc.integer({ min: 1, max: 600 }).map((seconds) => seconds * 1000);
  fc.assert(
    fc.property(fc.array(fc.tuple(answer, pauses, pauses), { maxLength: 8 }), (changes) => {
      const steps = changes.flatMap(([to, before, lag], place): readonly Step[] => [
        { does: "wait", milliseconds: before },
        { does: "change", to, isLost: false },
        { does: "read", place, meanwhile: { does: "wait", milliseconds: lag } },
      ]);
      const { written } = live(startWorld({ poms: [], responsibleOfficers: [] }), steps);
      for (const { decision, question } of written) {
        assert.equal(decision.changes?.newPom?.start ?? question.occurredAt, question.occurredAt);
      }
    }),
    runs,
  );
});
