import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { courseCases, startCourse, type Course } from "../support/course.ts";
import { findBrokenRules, findDoubles, findDrift, findUnsettled } from "../support/delius-truth.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { figures, reportFigures } from "../support/figures.ts";
import { createNewerVersion, findNewestMigration, type NewerVersion } from "../support/newer-version.ts";
import { layOutVersionBefore } from "../support/version-before.ts";
import type { Replica } from "../support/replica.ts";

const events = figures.isWhole ? 1_000 : 150;
const stages = 6;
const timeout = 600_000;
const people = 25;
const older = { BUILD_VERSION: "older" };
const newer = { BUILD_VERSION: "newer" };

/** What an upgrade adds while the version before still runs: columns and an index of tables that both write. */
const expansion = `
  alter table mpc_delius.inbox add column remarked_at timestamptz(3);
  alter table mpc_delius.journal add column remark text not null default '';
  create index journal_remark on mpc_delius.journal (remark);`;

interface Stage {
  /** How many events happen while something is done. */
  readonly share: number;
  readonly deployment: Deployment;
  readonly course: Course;
}

/** Lets a share of the events happen while something is done, and goes on until each of these processes has settled some. */
async function during(stage: Stage, change: () => Promise<unknown>, settling: readonly Replica[]): Promise<void> {
  const { lines } = stage.deployment;
  const before = lines.length;
  await Promise.all([send(stage, stage.share), change()]);
  const hasSettled = ({ number }: Replica) =>
    lines.slice(before).some(({ writer, message }) => writer === number && message === "message settled");
  while (!settling.every(hasSettled)) {
    const seen = lines.length;
    await send(stage, settling.length);
    await stage.deployment.until("a message to be settled", () => lines.length > seen || undefined);
  }
}

async function send({ deployment, course }: Stage, count: number): Promise<void> {
  for (const { body } of await course.live(count)) await deployment.queue.send(body);
}

const isWarned = ({ output }: Replica) =>
  output.some((line) => line.includes('"the database is newer than this version"'));

/** Who settled how many messages. */
function countSettled({ lines }: Deployment, replicas: readonly Replica[]): number {
  const numbers = new Set(replicas.map(({ number }) => number));
  return lines.filter(({ writer, message }) => message === "message settled" && numbers.has(writer)).length;
}

async function openStage(all: AsyncDisposableStack, share = events / stages): Promise<Stage> {
  const deployment = all.use(
    await deploy({ maxReceiveCount: 50, prepare: ({ url }) => seedCases(url, courseCases(people)) }),
  );
  const course = startCourse({ mpc: deployment.mpc, seed: 58, people, repeated: 0.2 });
  return { share, deployment, course };
}

/** Waits until all is settled, ends what runs, and answers what is not as it should be. */
async function findFaults({ deployment, course }: Stage, since: Date, running: readonly Replica[]) {
  for (const { body } of course.rest()) await deployment.queue.send(body);
  await deployment.allSettled(course.keys());
  await deployment.untilQueueIsEmpty();
  await Promise.all(running.map(end));
  const { database, mpc } = deployment;
  return {
    unsettled: await findUnsettled(database, course.keys()),
    dead: (await deployment.queue.count()).dead,
    drift: await findDrift(database, mpc.prisoners()),
    doubled: await findDoubles(database, since),
    broken: await findBrokenRules(database),
  };
}

const noFaults = { unsettled: [], dead: 0, drift: [], doubled: [], broken: [] };

describe("an upgrade, with the version before beside it and back again", () => {
  it("loses nothing and doubles nothing, and the way back needs no change to the database", { timeout }, async () => {
    await using all = new AsyncDisposableStack();
    const since = new Date();
    const version = all.use(await createNewerVersion());
    const stage = await openStage(all);
    const { deployment, course } = stage;
    await version.addMigration("mpc_delius/9001-expand.sql", await findNewestMigration(), expansion);
    const first = await deployment.addReplica(older);
    const second = await deployment.addReplica(older);

    await during(stage, () => migrate(version, deployment), [first, second]);
    const third = await deployment.addReplica(newer, version.folder);
    await during(stage, () => end(first), [second, third]);
    const fourth = await deployment.addReplica(newer, version.folder);
    await during(stage, () => end(second), [third, fourth]);

    await during(stage, () => first.start(older), [first, third]);
    await during(stage, () => end(third), [first, fourth]);
    await second.start(older);
    await during(stage, () => end(fourth), [first, second]);

    const found = await findFaults(stage, since, [first, second]);
    reportFigures({
      events: course.keys().length,
      "settled by the older version": countSettled(deployment, [first, second]),
      "settled by the newer version": countSettled(deployment, [third, fourth]),
      lost: found.unsettled.length + found.dead + found.drift.length,
      doubled: found.doubled.length,
    });
    assert.deepEqual(found, noFaults);
    assert.deepEqual([first, second, third, fourth].map(isWarned), [true, true, false, false]);
  });

  it(
    "loses nothing and doubles nothing with the code of the version before on the tables of this one",
    { timeout },
    async () => {
      await using all = new AsyncDisposableStack();
      const since = new Date();
      const { folder } = all.use(await layOutVersionBefore());
      const stage = await openStage(all, figures.isWhole ? 200 : 10);
      const { deployment, course } = stage;
      const before = await deployment.addReplica(older, folder);
      await during(stage, () => Promise.resolve(), [before]);
      const now = await deployment.addReplica(newer);
      await during(stage, () => Promise.resolve(), [before, now]);
      await during(stage, () => end(before), [now]);
      await during(stage, () => before.start(older), [before, now]);
      await during(stage, () => end(now), [before]);
      const found = await findFaults(stage, since, [before]);
      reportFigures({
        events: course.keys().length,
        "settled by the version before": countSettled(deployment, [before]),
        "settled by this version": countSettled(deployment, [now]),
        lost: found.unsettled.length + found.dead + found.drift.length,
        doubled: found.doubled.length,
      });
      assert.deepEqual(found, noFaults);
    },
  );

  it("that an older version cannot follow keeps it from starting, with a sentence", async () => {
    await using all = new AsyncDisposableStack();
    const version = all.use(await createNewerVersion());
    const { deployment } = await openStage(all);
    const needed = "mpc_delius/9001-expand.sql";
    await version.addMigration(needed, await findNewestMigration(), expansion);
    const contraction = "alter table mpc_delius.inbox drop column remarked_at;";
    await version.addMigration("mpc_delius/9002-contract.sql", needed, contraction);
    await migrate(version, deployment);
    const refused = await deployment.prepareReplica();
    refused.launch(older);
    assert.equal((await refused.ended).code, 1);
    const fault = `The database has the migration mpc_delius/9002-contract.sql, which needs a version that knows ${needed}: run that.`;
    assert.ok(
      refused.output.some((line) => line.includes(fault)),
      refused.output.join("\n"),
    );
    await end(await deployment.addReplica(newer, version.folder));
  });
});

async function end(replica: Replica): Promise<void> {
  assert.equal((await replica.stop()).code, 0);
}

async function migrate(version: NewerVersion, { database }: Deployment): Promise<void> {
  assert.match(await version.migrate(database.url), /^Applied: mpc_delius\/9001-expand\.sql/);
}
