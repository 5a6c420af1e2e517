import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { describe, test, type TestContext } from "node:test";
import { keepLog, runReady } from "../../../test/support/memory-queue.ts";
import { sharedDependencies, type SharedDependency } from "./trouble.ts";
import { createGate, type MindedGate } from "./gate-job.ts";

const second = 1000;

interface World {
  /** What the clock shows. */
  now: number;
  isPaused: boolean;
  isDatabaseDown: boolean;
  isWell: boolean;
  /** No one answers anything. */
  isSilent: boolean;
}

/** A gate whose clock, operator and dependencies are in the hands of the test; it looks at them every moment. */
function setGate(context: TestContext, concurrency = 16) {
  const world: World = { now: 0, isPaused: false, isDatabaseDown: false, isWell: false, isSilent: false };
  const probes: SharedDependency[] = [];
  const seen = new EventEmitter<{ read: []; probe: [] }>();
  let reads = 0;
  let changes = 0;
  const { log, lines } = keepLog();
  const gate = createGate({
    concurrency,
    uptime: () => world.now,
    random: () => 0.001,
    log,
    readIsPaused: async () => {
      reads += 1;
      setImmediate(() => seen.emit("read"));
      if (world.isSilent) await new Promise(() => undefined);
      if (world.isDatabaseDown) throw new Error("down");
      return world.isPaused;
    },
    probe: async (dependency) => {
      probes.push(dependency);
      setImmediate(() => seen.emit("probe"));
      if (world.isSilent) await new Promise(() => undefined);
      if (!world.isWell) throw new Error("down");
    },
  });
  context.after(() => gate[Symbol.asyncDispose]());
  gate.onChange(() => {
    changes += 1;
  });
  const look = async (what: "read" | "probe", seconds: number) => {
    const looked = once(seen, what);
    world.now += seconds * second;
    await looked;
    await runReady();
  };
  return { gate, world, probes, lines, look, reads: () => reads, changes: () => changes };
}

const useOf = (person: string, begunAt = 0) => ({ person, failedBy: null, begunAt });

function failFor(gate: MindedGate, people: number, dependency: SharedDependency = "mpc"): void {
  for (let index = 0; index < people; index += 1) gate.recordFailure(dependency, useOf(`P${index}`));
}

/** Fails a dependency for everybody: those who put it in doubt, and as many again. */
function bringDown(gate: MindedGate, dependency: SharedDependency = "mpc"): void {
  failFor(gate, 10, dependency);
  failFor(gate, 10, dependency);
}

describe("a gate", () => {
  test("lets all in until something is known against it", async (context) => {
    const { gate, changes } = setGate(context);
    assert.equal(gate.allowance(), null);
    assert.equal(gate.isPaused(), false);
    assert.deepEqual(gate.describe(), { state: "running" });
    assert.equal(changes(), 0);
  });

  for (const dependency of sharedDependencies) {
    test(`lets nothing in when ${dependency} fails for everybody, and says so, once`, (context) => {
      const { gate, changes, lines } = setGate(context);
      bringDown(gate, dependency);
      bringDown(gate, dependency);
      assert.equal(gate.allowance(), 0);
      assert.deepEqual(gate.describe(), { state: "waiting", waitsFor: dependency });
      assert.equal(changes(), 2);
      assert.deepEqual(lines, [
        `intake changed {"state":"running","dependency":"${dependency}","allowance":8}`,
        `intake changed {"state":"waiting","dependency":"${dependency}","allowance":0}`,
      ]);
    });
  }

  test("does not care about what not every message needs", (context) => {
    const { gate } = setGate(context);
    for (let index = 0; index < 100; index += 1) {
      gate.recordFailure("directory", useOf(`P${index}`));
      gate.recordFailure("queue", useOf(`P${index}`));
    }
    assert.equal(gate.allowance(), null);
  });

  test("stays open for a few bad cases", (context) => {
    const { gate } = setGate(context);
    for (let index = 0; index < 10; index += 1) failFor(gate, 9);
    assert.equal(gate.allowance(), null);
  });

  test("stays open for a dependency that fails now and then", (context) => {
    const { gate } = setGate(context);
    for (let index = 0; index < 100; index += 1) {
      gate.recordWell("mpc", useOf(`one ${index}`));
      gate.recordWell("mpc", useOf(`other ${index}`));
      gate.recordFailure("mpc", useOf(`P${index}`));
    }
    assert.equal(gate.allowance(), null);
  });
});

describe("a gate that is shut", () => {
  test("asks the dependency when it is time, and lets one in, then more, then all when it is well again", async (context) => {
    const { gate, world, probes, look } = setGate(context, 4);
    bringDown(gate);
    gate.start();
    await look("probe", 1);
    assert.equal(gate.allowance(), 0);
    world.isWell = true;
    await look("probe", 2);
    assert.deepEqual(probes.slice(0, 2), ["mpc", "mpc"]);
    const allowances = [gate.allowance()];
    while (gate.allowance() !== null) {
      gate.recordWell("mpc", useOf(`W${allowances.length}`));
      allowances.push(gate.allowance());
    }
    assert.deepEqual(allowances, [1, 2, 3, 4, null]);
    assert.deepEqual(gate.describe(), { state: "running" });
  });

  test("asks no one before its time, and no other dependency", async (context) => {
    const { gate, probes, look } = setGate(context);
    bringDown(gate, "auth");
    gate.start();
    await look("read", 0.9);
    assert.deepEqual(probes, []);
    await look("probe", 0.1);
    assert.deepEqual(probes, ["auth"]);
  });

  test("shuts again when those whom it lets in are failed", async (context) => {
    const { gate, world, look } = setGate(context);
    bringDown(gate);
    gate.start();
    world.isWell = true;
    await look("probe", 1);
    for (let index = 0; index < 10; index += 1) {
      assert.equal(gate.allowance(), 1);
      gate.recordFailure("mpc", useOf(`Q${index}`, world.now));
    }
    assert.equal(gate.allowance(), 0);
    assert.deepEqual(gate.describe(), { state: "waiting", waitsFor: "mpc" });
  });
});

describe("a gate whose dependency is in doubt", () => {
  test("asks it at once, shuts when it is down, and has not shut before", async (context) => {
    const { gate, probes, look } = setGate(context);
    gate.start();
    await runReady();
    failFor(gate, 10);
    assert.deepEqual([gate.allowance(), gate.describe()], [8, { state: "running" }]);
    await look("probe", 0);
    assert.deepEqual(probes, ["mpc"]);
    assert.equal(gate.allowance(), 0);
  });

  test("stays open when the dependency answers, and lets its listeners look again now and then", async (context) => {
    const { gate, world, look, changes } = setGate(context);
    world.isWell = true;
    gate.start();
    failFor(gate, 10);
    await look("probe", 1);
    const before = changes();
    await look("probe", 1);
    await look("probe", 1);
    assert.ok(changes() > before);
    assert.equal(gate.allowance(), 8);
  });
});

test("a gate is held up by no one who does not answer at all", async (context) => {
  const { gate, world, probes, look } = setGate(context);
  bringDown(gate, "database");
  world.isSilent = true;
  gate.start();
  await look("probe", 1);
  world.isSilent = false;
  world.isWell = true;
  while (probes.length < 2) await look("read", 4);
  assert.deepEqual(probes.slice(0, 2), ["database", "database"]);
  assert.equal(gate.allowance(), 1);
});

describe("an operator", () => {
  test("shuts and opens every gate within five seconds", async (context) => {
    const { gate, world, look, changes, lines } = setGate(context);
    gate.start();
    await runReady();
    world.isPaused = true;
    await look("read", 4);
    assert.equal(gate.isPaused(), true);
    assert.deepEqual(gate.describe(), { state: "paused" });
    world.isPaused = false;
    await look("read", 4);
    assert.equal(gate.isPaused(), false);
    assert.equal(changes(), 2);
    assert.match(lines[0] ?? "", /"state":"paused"/);
  });

  test("is asked for no more often than is needed", async (context) => {
    const { gate, look, reads } = setGate(context);
    gate.start();
    for (let index = 0; index < 5; index += 1) await look("read", 4);
    assert.ok(reads() <= 6, `${reads()} reads in 20 seconds`);
  });

  test("is believed in what was said last while the database is down", async (context) => {
    const { gate, world, look } = setGate(context);
    world.isPaused = true;
    gate.start();
    await runReady();
    world.isDatabaseDown = true;
    await look("read", 4);
    await look("read", 4);
    assert.equal(gate.isPaused(), true);
  });
});

test("a gate that is disposed looks at nothing more", async (context) => {
  const { gate, reads } = setGate(context);
  gate.start();
  await gate[Symbol.asyncDispose]();
  const before = reads();
  await runReady();
  assert.equal(reads(), before);
});
