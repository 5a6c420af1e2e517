import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { question, standingRows } from "../../../test/support/allocation-arbitrary.ts";
import { applyChanges, decide, factsOf, hour } from "../../../test/support/allocation-fixture.ts";
import { promises } from "../../../test/support/allocation-promises.ts";

describe("whatever Delius holds and whatever Manage POM Cases answers", () => {
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
