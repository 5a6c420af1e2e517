import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DependencyError } from "../process/dependency-error.ts";
import { createHealthChecks } from "./health-checks.ts";

const epoch = "1970-01-01T00:00:00.000Z";
const stopped = (uptime = () => 0) => ({ uptime, clock: () => 0 });

describe("health checks", () => {
  it("are up with every component, and down with one of them since the first look that found it so", async () => {
    let [isDown, now, at] = [false, 0, Date.parse("2026-11-28T09:00:00Z")];
    const check = createHealthChecks(
      {
        queue: () => Promise.resolve({ waiting: 3 }),
        database: () => (isDown ? Promise.reject(new DependencyError("database", "57P03")) : Promise.resolve()),
      },
      { uptime: () => now, clock: () => at },
    );
    const queue = { status: "UP", details: { waiting: 3 } };
    assert.deepEqual(await check(), { status: "UP", components: { queue, database: { status: "UP" } } });
    isDown = true;
    const database = { status: "DOWN", since: "2026-11-28T09:00:00.000Z", details: { error: "57P03" } };
    for (const _ of ["the first time", "later"]) {
      now += 2_000;
      assert.deepEqual(await check(), { status: "DOWN", components: { queue, database } });
      at += 60_000;
    }
    isDown = false;
    now += 2_000;
    assert.equal((await check()).status, "UP");
    isDown = true;
    now += 2_000;
    assert.equal((await check()).components["database"]?.since, "2026-11-28T09:02:00.000Z");
  });

  it("are done once in two seconds, however often they are asked for", async () => {
    let [now, checks] = [0, 0];
    const check = createHealthChecks(
      { one: () => Promise.resolve({ checks: (checks += 1) }) },
      stopped(() => now),
    );
    await Promise.all([check(), check()]);
    now = 1_999;
    await check();
    assert.equal(checks, 1);
    now = 2_000;
    assert.deepEqual((await check()).components, { one: { status: "UP", details: { checks: 2 } } });
  });

  it("give up on what hangs after a second, and on all of it together", async () => {
    const hang = () => new Promise<never>(() => undefined);
    const began = performance.now();
    const { components } = await createHealthChecks({ one: hang, other: hang }, stopped())();
    assert.ok(performance.now() - began < 1_500);
    const down = { status: "DOWN", since: epoch, details: { error: "no answer within 1000 ms" } };
    assert.deepEqual(components, { one: down, other: down });
  });

  it("report of a failure by its class, never in someone else's words", async () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED" });
    const components = await createHealthChecks(
      { refused: () => Promise.reject(refused), broken: () => Promise.reject(new TypeError("no host.internal")) },
      stopped(),
    )();
    assert.deepEqual(components.components, {
      refused: { status: "DOWN", since: epoch, details: { error: "ECONNREFUSED" } },
      broken: { status: "DOWN", since: epoch, details: { error: "TypeError" } },
    });
  });
});
