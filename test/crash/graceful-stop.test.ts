import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { untilSomebodyWaits } from "../support/blocked-session.ts";
import { courseCases } from "../support/course.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { reportFigures } from "../support/figures.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, toNotification } from "../support/messages.ts";
import type { Replica } from "../support/replica.ts";
import { listKeyDates } from "../support/written-rows.ts";

const people = 20;

function start(): Promise<Deployment> {
  return deploy({ prepare: ({ url }) => seedCases(url, courseCases(people)) });
}

const keyOf = (person: number) => `stop-${person}`;

/** Sends an event about each of so many persons, and answers which. */
async function sendEvents({ queue, mpc }: Deployment, from: number, count: number): Promise<readonly number[]> {
  const persons = Array.from({ length: count }, (_, index) => from + index);
  for (const person of persons) {
    const event = handoverEvent(mpc.origin, nomsOf(person), { detailUrl: undefined });
    await queue.send(toNotification(event, keyOf(person)));
  }
  return persons;
}

/** Makes Manage POM Cases keep all its answers back until they are let go. */
function holdAnswers({ mpc }: Deployment) {
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  const persons = Array.from({ length: people }, (_, index) => nomsOf(index));
  for (const noms of persons) {
    mpc.answerWith(paths.handover(noms), { ...handoverAnswer("2031-07-01"), after: promise });
  }
  return {
    letGo,
    allAsked: (asked: readonly string[]) => Promise.all(asked.map((noms) => mpc.nextRequest(paths.handover(noms)))),
  };
}

/** Its messages are visible again for another process when it has ended. */
async function expectReleased({ queue }: Deployment, { stopped, messages }: Stopping): Promise<void> {
  const { code, milliseconds } = await stopped;
  assert.equal(code, 0);
  assert.ok(milliseconds < 25_000, `it took ${milliseconds} ms`);
  assert.deepEqual(await queue.count(), { visible: messages, inFlight: 0, dead: 0 });
}

interface Stopping {
  readonly stopped: ReturnType<Replica["stop"]>;
  readonly messages: number;
}

/** Another process settles the messages about these persons. */
async function expectSettled(deployment: Deployment, persons: readonly number[]): Promise<void> {
  for (const person of persons) deployment.mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
  await deployment.addReplica();
  await deployment.allSettled(persons.map(keyOf));
  await deployment.untilQueueIsEmpty();
  for (const person of persons) {
    assert.deepEqual(await listKeyDates(deployment.database, nomsOf(person)), ["POM2 2031-07-01 0"]);
  }
}

const unreleasedMessages = new URL("../support/unreleased-messages.ts", import.meta.url).href;

describe("P13: a process that is asked to stop", () => {
  it("ends in less than a second when it is idle", async () => {
    await using deployment = await start();
    const replica = await deployment.prepareReplica();
    const times: number[] = [];
    // A machine that is busy with other tests may hold up one of them.
    while (times.length < 3 && !(Math.min(...times) < 1000)) {
      await replica.start();
      const { code, milliseconds } = await replica.stop();
      assert.equal(code, 0);
      times.push(milliseconds);
    }
    reportFigures({ "milliseconds to stop, idle": Math.round(Math.min(...times)) });
    assert.ok(Math.min(...times) < 1000, `it took ${times.join(", ")} ms`);
  });

  it("finishes what is in work and takes nothing new; it is alive meanwhile and not ready", async () => {
    await using deployment = await start();
    const replica = await deployment.prepareReplica();
    const port = await findFreePort();
    await replica.start({ PORT: String(port) });
    const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    const { letGo, allAsked } = holdAnswers(deployment);
    const asked = allAsked(Array.from({ length: 10 }, (_, index) => nomsOf(index)));
    const inWork = await sendEvents(deployment, 0, 10);
    await asked;
    assert.deepEqual(await Promise.all(["/health/readiness", "/health/liveness"].map(statusOf)), [200, 200]);
    const stopped = replica.stop();
    while ((await statusOf("/health/readiness")) !== 503);
    assert.equal(await statusOf("/health/liveness"), 200);
    await sendEvents(deployment, 10, 5);
    letGo();
    const { code, milliseconds } = await stopped;
    reportFigures({ "milliseconds to stop, with work in hand": Math.round(milliseconds) });
    assert.equal(code, 0);
    for (const person of inWork) {
      assert.deepEqual(await listKeyDates(deployment.database, nomsOf(person)), ["POM2 2031-07-01 0"]);
    }
    assert.deepEqual(await deployment.queue.count(), { visible: 5, inFlight: 0, dead: 0 });
    assert.deepEqual(new Set(deployment.settlements.keys()), new Set(inWork.map(keyOf)));
  });
});

describe("P13: a process that cannot finish in time, for something is silent", { concurrency: 3 }, () => {
  it("gives back what it has in work when another session has locked the table that it looks at", async () => {
    await using deployment = await start();
    const replica = await deployment.addReplica();
    await using table = await deployment.database.hold("lock table offender");
    const inWork = await sendEvents(deployment, 0, 10);
    await Promise.all([replica.holds(inWork.length), untilSomebodyWaits(deployment.database)]);
    await expectReleased(deployment, { stopped: replica.stop(), messages: inWork.length });
    await table.commit();
    await expectSettled(deployment, inWork);
  });

  it("gives back what it has in work when HMPPS Auth does not answer with a token", async () => {
    await using deployment = await start();
    const asked = Promise.withResolvers<void>();
    const replica = await deployment.prepareReplica({ auth: { attempted: () => asked.resolve() } });
    await replica.start();
    replica.proxies.auth.stall();
    const inWork = await sendEvents(deployment, 0, 10);
    await Promise.all([replica.holds(inWork.length), asked.promise]);
    await expectReleased(deployment, { stopped: replica.stop(), messages: inWork.length });
    await expectSettled(deployment, inWork);
  });

  it("is ended by force when it cannot release its messages, and says so with its exit code", async () => {
    await using deployment = await start();
    const replica = await deployment.prepareReplica();
    const { letGo, allAsked } = holdAnswers(deployment);
    const asked = allAsked([nomsOf(0)]);
    // Both are received together, and the second waits for the first.
    const event = handoverEvent(deployment.mpc.origin, nomsOf(0), { detailUrl: undefined });
    await deployment.queue.send(toNotification(event, "first"));
    await deployment.queue.send(toNotification(event, "second"));
    await replica.start({ NODE_OPTIONS: `--import=${unreleasedMessages}` });
    await asked;
    const { code, milliseconds } = await replica.stop();
    letGo();
    assert.equal(code, 1);
    assert.ok(milliseconds < 26_000, `it took ${milliseconds} ms`);
  });

  for (const dependency of ["database", "mpc", "queue"] as const) {
    it(`gives back what it has in work when it is its ${dependency}, and another process settles that`, async () => {
      await using deployment = await start();
      const replica = await deployment.addReplica();
      const { letGo, allAsked } = holdAnswers(deployment);
      const asked = allAsked(Array.from({ length: 10 }, (_, index) => nomsOf(index)));
      const inWork = await sendEvents(deployment, 0, 10);
      await asked;
      replica.proxies[dependency].stall();
      letGo();
      const { code, milliseconds } = await replica.stop();
      assert.equal(code, 0);
      reportFigures({ [`milliseconds to stop, ${dependency} silent`]: Math.round(milliseconds) });
      assert.ok(milliseconds < 25_000, `it took ${milliseconds} ms`);
      // Its connections end with it.
      await replica.kill();
      // While the queue is silent nothing can be given back: it comes back by itself.
      if (dependency === "queue") await deployment.expire(replica);
      else assert.equal((await deployment.queue.count()).visible, 10);
      await expectSettled(deployment, inWork);
    });
  }
});
