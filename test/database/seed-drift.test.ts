import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { describeFirstPrisoners } from "../../sandbox/mpc/first-prisoners.ts";
import { openPrisoners } from "../../sandbox/mpc/storage.ts";
import { driftedCases, generatedPrisoners, listKnownDrift } from "../../sandbox/seed/drifted-cases.ts";
import { generateCases } from "../../sandbox/seed/generate.ts";
import { driftClasses } from "../../src/operations/reconciliation/drift.ts";
import { createTestDatabase } from "../support/test-database.ts";

const run = promisify(execFile);
const root = path.dirname(path.dirname(import.meta.dirname));
const whole = { cases: 10_000, seed: 1, drift: 1 };
const equal = { ...whole, drift: 0 };

describe("generated drift", () => {
  const prisoners = [...generatedPrisoners(whole)];
  const known = listKnownDrift(whole);

  it("is the same for the same seed number, and none where none is asked for", () => {
    assert.deepEqual([...generatedPrisoners(whole)], prisoners);
    assert.deepEqual(listKnownDrift(whole), known);
    assert.deepEqual(listKnownDrift(equal), []);
    assert.deepEqual([...driftedCases(equal)], [...generateCases(equal)]);
  });

  it("is of the share that is asked for, in every class, one a case", () => {
    assert.ok(Math.abs(known.length - prisoners.length / 100) <= 1, `${known.length} of ${prisoners.length}`);
    assert.deepEqual(new Set(known.map((one) => one.class)), new Set(driftClasses));
    assert.equal(new Set(known.map(({ nomsNumber }) => nomsNumber)).size, known.length);
  });

  it("leaves everybody else as they are", () => {
    const isDrifting = new Set(known.map(({ nomsNumber }) => nomsNumber));
    const before = [...generatedPrisoners(equal)];
    assert.equal(before.length, prisoners.length);
    const changed = prisoners.filter((one, index) => JSON.stringify(one) !== JSON.stringify(before[index]));
    assert.deepEqual(
      changed.map(({ noms }) => noms),
      known.map(({ nomsNumber }) => nomsNumber),
    );
    const cases = [...driftedCases(whole)].filter(({ noms }) => noms === null || !isDrifting.has(noms));
    assert.deepEqual(
      cases,
      [...generateCases(whole)].filter(({ noms }) => noms === null || !isDrifting.has(noms)),
    );
  });
});

describe("npm run seed with drift", () => {
  it("writes what the simulator can start with, and what a reconciliation is to find", async () => {
    await using database = await createTestDatabase("template1");
    const folder = await mkdtemp(path.join(tmpdir(), "seed-drift-"));
    try {
      const words = ["sandbox/seed/seed-command.ts", "--cases", "600", "--drift", "2.5", "--to", folder];
      const env = { ...process.env, DATABASE_URL: database.url };
      const { stdout } = await run(process.execPath, words, { cwd: root, env });
      assert.match(
        stdout,
        /^Seeded the sandbox's people and 600 generated cases, of which 2\.5 % drift, in \d+\.\d s\.\n$/,
      );
      const generation = { cases: 600, seed: 1, drift: 2.5 };
      const { known } = await openPrisoners(path.join(folder, "prisoners.json"), []);
      assert.deepEqual([...known.values()], [...describeFirstPrisoners(), ...generatedPrisoners(generation)]);
      const drift: unknown = JSON.parse(await readFile(path.join(folder, "drift.json"), "utf8"));
      assert.deepEqual(drift, listKnownDrift(generation));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
