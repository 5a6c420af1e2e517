import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { courseCases, startCourse } from "../support/course.ts";
import { findBrokenRules, findDoubles, findDrift } from "../support/delius-truth.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { figures, reportFigures } from "../support/figures.ts";
import type { Proxy } from "../support/proxy.ts";
import type { Replica } from "../support/replica.ts";

const people = 30;
/** With no wait between them, a message would have used these up in a second. */
const maxReceiveCount = 5;

interface Stage extends AsyncDisposable {
  readonly deployment: Deployment;
  readonly replica: Replica;
  readonly address: string;
  readonly since: Date;
  /** When the process tried to reach each of what it leans on. */
  readonly attempts: Readonly<Record<keyof typeof components, readonly number[]>>;
}

async function setStage(): Promise<Stage> {
  await using starting = new AsyncDisposableStack();
  const deployment = starting.use(
    await deploy({ maxReceiveCount, prepare: ({ url }) => seedCases(url, courseCases(people)) }),
  );
  const attempts: Readonly<Record<keyof typeof components, number[]>> = { database: [], mpc: [], auth: [] };
  const listen = (times: number[]) => ({ attempted: () => void times.push(performance.now()) });
  const replica = await deployment.prepareReplica({
    database: listen(attempts.database),
    mpc: listen(attempts.mpc),
    auth: listen(attempts.auth),
  });
  const port = await findFreePort();
  const resources = starting.move();
  return {
    deployment,
    replica,
    address: `http://127.0.0.1:${port}`,
    since: new Date(),
    attempts,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const componentSchema = z.object({ status: z.string(), details: z.record(z.string(), z.unknown()).optional() });
const healthSchema = z.object({ status: z.string(), components: z.record(z.string(), componentSchema) });

async function readHealth(address: string) {
  return healthSchema.parse(await (await fetch(`${address}/health`)).json());
}

/** What /health calls what the intake waits for. */
const components = { database: "database", mpc: "mpc", auth: "hmppsAuth" } as const;

interface Outage {
  readonly begin: (proxy: Proxy) => void;
  readonly end: (proxy: Proxy) => void;
}

const outages: Readonly<Record<string, Outage>> = {
  "refuses connections": { begin: (proxy) => proxy.goDown(), end: (proxy) => proxy.comeBack() },
  // Every call runs into its time limit: minutes, for the whole run.
  ...(figures.isWhole
    ? { "falls silent": { begin: (proxy: Proxy) => proxy.stall(), end: (proxy: Proxy) => proxy.resume() } }
    : {}),
};

/** Waits until the dependency has been asked in vain whether it is well, twice: no one else asks after a pause. */
function untilProbedInVain({ deployment, attempts }: Stage, dependency: keyof typeof components) {
  const from = attempts[dependency].length - 1;
  return deployment.until("two probes", () => {
    const times = attempts[dependency].slice(from);
    const pauses = times.filter((time, index) => time - (times[index - 1] ?? time) > 700);
    return pauses.length >= 2 || undefined;
  });
}

describe(
  "P10: while a dependency is down for longer than all retries last, the intake waits",
  { concurrency: 3 },
  () => {
    for (const [how, { begin, end }] of Object.entries(outages)) {
      for (const dependency of ["mpc", "auth", "database"] as const) {
        it(`nothing is dead when ${dependency} ${how}, and all goes on by itself when it is back`, async () => {
          await using stage = await setStage();
          const { deployment, replica, address, since } = stage;
          const { mpc, queue, database } = deployment;
          await replica.start({ PORT: new URL(address).port });
          begin(replica.proxies[dependency]);
          const course = startCourse({ mpc, seed: 10, people, repeated: 0, addressed: 0 });
          for (const { body } of [...(await course.live(60)), ...course.rest()]) await queue.send(body);
          await deployment.line("intake changed", { state: "waiting", dependency, allowance: 0 });
          const { components: seen } = await readHealth(address);
          assert.equal(seen[components[dependency]]?.status, "DOWN");
          assert.deepEqual(
            { ...seen["consumer"]?.details, inHand: 0 },
            { state: "waiting", waitsFor: dependency, inHand: 0 },
          );
          await untilProbedInVain(stage, dependency);
          end(replica.proxies[dependency]);
          await deployment.allSettled(course.keys());
          await deployment.untilQueueIsEmpty();
          const receives = Math.max(...deployment.lines.map(({ fields }) => Number(fields["receives"] ?? 0)));
          const { dead } = await queue.count();
          reportFigures({
            [`${dependency} ${how}: receives of a message at most`]: receives,
            [`${dependency} ${how}: dead letters`]: dead,
          });
          assert.ok(receives < maxReceiveCount, `a message was received ${receives} times`);
          assert.deepEqual(await queue.count(), { visible: 0, inFlight: 0, dead: 0 });
          assert.deepEqual(await findDrift(database, mpc.prisoners()), []);
          assert.deepEqual(await findDoubles(database, since), []);
          assert.deepEqual(await findBrokenRules(database), []);
          assert.equal((await readHealth(address)).components["consumer"]?.details?.["state"], "running");
          assert.equal((await replica.stop()).code, 0);
        });
      }
    }
  },
);

describe("P10: a service that is started while something is down", () => {
  it("waits for its database, and for what its messages need", async () => {
    await using stage = await setStage();
    const { deployment, replica } = stage;
    const { mpc, queue } = deployment;
    const { proxies } = replica;
    Object.values(proxies).forEach((proxy) => proxy.goDown());
    const course = startCourse({ mpc, seed: 11, people, repeated: 0, addressed: 0 });
    for (const { body } of [...(await course.live(30)), ...course.rest()]) await queue.send(body);
    replica.launch();
    await deployment.line("waiting for the database");
    proxies.database.comeBack();
    await deployment.line("consumer started");
    await deployment.line("receive failed");
    proxies.queue.comeBack();
    await deployment.line("intake changed", { state: "waiting", dependency: "auth" });
    proxies.auth.comeBack();
    proxies.mpc.comeBack();
    await deployment.allSettled(course.keys());
    await deployment.untilQueueIsEmpty();
    const { dead } = await queue.count();
    reportFigures({ "started while all is down: dead letters": dead });
    assert.equal(dead, 0);
    assert.deepEqual(await findDrift(deployment.database, mpc.prisoners()), []);
  });
});

describe("P10: a directory that is down", () => {
  it("holds up no event", async () => {
    await using stage = await setStage();
    const { deployment, replica, address } = stage;
    const { mpc, queue } = deployment;
    await replica.start({ PORT: new URL(address).port });
    replica.proxies.directory.goDown();
    const course = startCourse({ mpc, seed: 12, people, repeated: 0, addressed: 0 });
    for (const { body } of [...(await course.live(60)), ...course.rest()]) await queue.send(body);
    await deployment.allSettled(course.keys());
    const { components: seen } = await readHealth(address);
    assert.equal(seen["staffDirectory"]?.status, "DOWN");
    assert.equal(seen["consumer"]?.details?.["state"], "running");
    const failed = deployment.lines.filter(({ message }) => message === "attempt failed").length;
    reportFigures({ "directory down: events that failed": failed });
    assert.equal(failed, 0);
    assert.deepEqual(await findDrift(deployment.database, mpc.prisoners()), []);
  });
});
