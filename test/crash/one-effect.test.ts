import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import { createChance } from "../../sandbox/seed/random-numbers.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { courseCases, startCourse } from "../support/course.ts";
import { takeSnapshot } from "../support/delius-rows.ts";
import { findBrokenRules, findDoubles, findDrift } from "../support/delius-truth.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { figures, reportFigures } from "../support/figures.ts";
import { crnOf, custodyOf, nomsOf, toNotification } from "../support/messages.ts";
import {
  countDeadlocks,
  detectOverlaps,
  overhearQuestions,
  type OverlapDetector,
} from "../support/overlap-detector.ts";

const people = 100;
/** The case that a hundred events are about. */
const hot = 99;

/** An event that makes the service compare both facts of a person, asking by addresses that it builds itself. */
function compareBoth(index: number, key: string): string {
  const personReference = { identifiers: [{ type: "NOMS", value: nomsOf(index) }] };
  return toNotification({ eventType: "probation-case.prison-identifier.updated", personReference }, key);
}

describe("several processes on one queue", () => {
  let deployment: Deployment;
  let detector: OverlapDetector;
  const questions: ReturnType<typeof overhearQuestions>[] = [];
  const since = new Date();
  const addReplica = async () => {
    const heard = overhearQuestions(nomsOf(hot));
    questions.push(heard);
    const replica = await deployment.prepareReplica({ mpc: heard.listener });
    await replica.start();
  };
  before(async () => {
    deployment = await deploy({ prepare: ({ url }) => seedCases(url, courseCases(people)) });
    detector = await detectOverlaps(deployment.database, custodyOf(hot) / 10);
    await Promise.all([addReplica(), addReplica()]);
  });
  after(() => deployment[Symbol.asyncDispose]());

  /** What stands in the tables that the service writes about a person, no matter who it is and whenever it was written. */
  const rowsOf = async (index: number) => {
    const snapshot = await takeSnapshot(deployment.database);
    const delius = Object.entries(snapshot).filter(([table]) => !table.startsWith("mpc_delius."));
    const isAbout = (name: string) => name.includes(crnOf(index)) || name.includes(`custody ${custodyOf(index)}`);
    const rows = delius.flatMap(([, named]) => Object.entries(named).filter(([name]) => isAbout(name)));
    return JSON.stringify(rows, null, 1)
      .replaceAll(crnOf(index), "case")
      .replaceAll(String(custodyOf(index)), "custody")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d\/\d\d\/\d{4} [\d:]+/g, "time");
  };

  it("P1: make one effect of any number of deliveries, one after another or at once", async () => {
    const [, , manager] = managers;
    assert.ok(manager);
    // Odd numbers, so that each person has a responsible POM.
    const trials = [1, 2, 3, 4, 5].flatMap((deliveries) => [
      { deliveries, isParallel: false, index: deliveries * 4 + 1 },
      { deliveries, isParallel: true, index: deliveries * 4 + 3 },
    ]);
    await Promise.all(
      trials.map(async ({ deliveries, isParallel, index }) => {
        const { mpc, queue } = deployment;
        await mpc.act(nomsOf(index), { kind: "allocate", manager, prison: "MDI" }, { announce: false });
        const dates = { kind: "setHandover", handoverDate: "2031-07-02", handoverStartDate: "2031-07-01" } as const;
        await mpc.act(nomsOf(index), dates, { announce: false });
        const body = compareBoth(index, `P1 ${index}`.replace(" ", "-"));
        for (let sent = 1; sent <= deliveries; sent += 1) {
          const delivered = queue.send(body);
          if (isParallel) continue;
          await delivered;
          await deployment.settled(`P1-${index}`, sent);
        }
        await deployment.settled(`P1-${index}`, deliveries);
      }),
    );
    const [once, ...others] = await Promise.all(trials.map(({ index }) => rowsOf(index)));
    assert.match(once ?? "", /ROC/);
    reportFigures({
      "deliveries of ten messages": trials.reduce((sum, trial) => sum + trial.deliveries, 0),
      "of them with an effect of their own": others.filter((rows) => rows !== once).length,
    });
    for (const rows of others) assert.equal(rows, once);
    const deliveries = await deployment.database.query(
      "select deliveries from mpc_delius.inbox where inbox_key like 'P1-%' order by deliveries",
    );
    assert.deepEqual(
      deliveries.map((row) => row["deliveries"]),
      [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
    );
  });

  it("P6: never have one case in work twice, and never wait for each other in a circle", async () => {
    await addReplica();
    const { mpc, queue, database } = deployment;
    // Answers take a moment, so that questions that may overlap do.
    deployment.replicas.forEach(({ proxies }) => proxies.mpc.delay(3));
    const chance = createChance(6);
    const course = startCourse({ mpc, seed: 6, people: hot, repeated: 0.3 });
    const others = [...(await course.live(figures.isWhole ? 1_000 : 100)), ...course.rest()];
    const events = Array.from({ length: 100 }, (_, index) => ({
      key: `hot-${index}`,
      body: compareBoth(hot, `hot-${index}`),
    }));
    const messages = [...others, ...events].map((message) => ({ message, place: chance.next() }));
    for (const { message } of messages.toSorted((one, other) => one.place - other.place)) {
      if (message.key.startsWith("hot") && message.key.endsWith("0")) {
        const manager = chance.pick(managers);
        await mpc.act(
          nomsOf(hot),
          { kind: "allocate", manager, prison: chance.pick(["LEI", "MDI"]) },
          { announce: false },
        );
      }
      await queue.send(message.body);
    }
    await deployment.allSettled([...course.keys(), ...events.map(({ key }) => key)]);
    await deployment.untilQueueIsEmpty();
    await Promise.all(deployment.replicas.map((replica) => replica.stop()));
    const overlaps = await detector.overlaps();
    const asked = questions.reduce((sum, heard) => sum + heard.overlaps(), 0);
    const deadlocks = await countDeadlocks(database);
    reportFigures({ "cases in work twice": overlaps, "questions asked twice": asked, deadlocks });
    assert.deepEqual({ overlaps, asked, deadlocks }, { overlaps: 0, asked: 0, deadlocks: 0 });
    assert.deepEqual(await findDrift(database, mpc.prisoners()), []);
    assert.deepEqual(await findDoubles(database, since), []);
    assert.deepEqual(await findBrokenRules(database), []);
    assert.deepEqual(await queue.count(), { visible: 0, inFlight: 0, dead: 0 });
  });
});
