import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeClasses } from "../../src/sync/fact/outcome.ts";
import { listScenarios, readExpected } from "../support/scenario.ts";

test("every outcome of the closed set, so each reason for quarantine, is reached by a scenario (P8)", async () => {
  const recorded = await Promise.all((await listScenarios()).map(readExpected));
  const reached = new Set(recorded.flatMap(({ expected }) => expected.outcomes));
  const missing = Object.keys(outcomeClasses).filter((outcome) => !reached.has(outcome));
  assert.deepEqual(missing, []);
});

test("a dry run of each class of outcomes is played", async () => {
  const recorded = await Promise.all((await listScenarios()).map(readExpected));
  const dry = recorded.flatMap(({ expected }) => expected.journal.filter(({ dryRun }) => dryRun));
  const classes = new Map(Object.entries<string>(outcomeClasses));
  const played = new Set(dry.map(({ outcome }) => classes.get(outcome)));
  assert.deepEqual(
    [...new Set(classes.values())].filter((one) => !played.has(one)),
    [],
  );
});
