import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { courseCases } from "../support/course.ts";
import { findBrokenRules, findDoubles, findDrift } from "../support/delius-truth.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { reportFigures } from "../support/figures.ts";
import { nomsOf, toNotification } from "../support/messages.ts";
import type { Replica } from "../support/replica.ts";
import { listPoms } from "../support/written-rows.ts";

// A person with a responsible POM.
const noms = nomsOf(1);
const [, ruth, jo, amal] = managers;

interface Stage extends AsyncDisposable {
  readonly deployment: Deployment;
  readonly since: Date;
  readonly frozen: Replica;
}

async function setStage(): Promise<Stage> {
  const deployment = await deploy({ prepare: ({ url }) => seedCases(url, courseCases(2)) });
  const frozen = await deployment.addReplica();
  return { deployment, frozen, since: new Date(), [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose]() };
}

/** Manage POM Cases allocates someone, and a message of this key says that something has happened. */
async function allocate({ mpc, queue }: Deployment, manager: typeof jo, key: string): Promise<void> {
  assert.ok(manager);
  await mpc.act(noms, { kind: "allocate", manager, prison: "MDI" }, { announce: false });
  const personReference = { identifiers: [{ type: "NOMS", value: noms }] };
  const event = { eventType: "offender-management.allocation.changed", personReference, occurredAt: new Date() };
  await queue.send(toNotification(event, key));
}

/** Nothing moves in the process any more, and the queue waits for it no longer. */
async function freeze(
  { deployment, frozen }: Stage,
  { isForgotten }: { readonly isForgotten: boolean },
): Promise<void> {
  frozen.signal("SIGSTOP");
  frozen.proxies.queue.breakConnections();
  if (isForgotten) await deployment.expire(frozen);
}

/** Delius is what Manage POM Cases said last, and every effect has its traces. */
async function expectTruth({ deployment, since, frozen }: Stage, poms: readonly string[]): Promise<void> {
  const { database, mpc, queue } = deployment;
  await deployment.untilQueueIsEmpty();
  const drift = await findDrift(database, mpc.prisoners());
  const doubled = await findDoubles(database, since);
  reportFigures({ "late writes that stand": drift.length + doubled.length });
  assert.deepEqual(await listPoms(database, noms), poms);
  assert.deepEqual({ drift, doubled }, { drift: [], doubled: [] });
  assert.deepEqual(await findBrokenRules(database), []);
  assert.equal((await queue.count()).dead, 0);
  assert.equal((await frozen.stop()).code, 0);
}

/** How the frozen process ended its message. */
async function outcomeOf({ deployment, frozen }: Stage, inboxKey: string): Promise<unknown> {
  const { fields } = await deployment.until(`process ${frozen.number} to settle ${inboxKey}`, () =>
    deployment.lines.find(
      ({ writer, message, fields: told }) =>
        writer === frozen.number && message === "message settled" && told["inboxKey"] === inboxKey,
    ),
  );
  return fields["outcomes"];
}

describe(
  "P14: what a process wrote that was frozen for longer than its message was hidden does not stand",
  { concurrency: 3 },
  () => {
    it("when it had its answer, and another process settles the message and a newer one meanwhile", async () => {
      await using stage = await setStage();
      const { deployment, frozen } = stage;
      const answer = frozen.proxies.mpc.stallAt("server", "HTTP/1.1 200");
      await allocate(deployment, jo, "older");
      await answer.sprung;
      await freeze(stage, { isForgotten: true });
      // The answer is with the process, which does not see it yet.
      frozen.proxies.mpc.resume();
      await deployment.addReplica();
      assert.deepEqual(await deployment.settled("older"), ["PomAllocated"]);
      await allocate(deployment, amal, "newer");
      assert.deepEqual(await deployment.settled("newer"), ["PomAllocated"]);
      frozen.signal("SIGCONT");
      assert.deepEqual(await outcomeOf(stage, "older"), ["Duplicate"]);
      await expectTruth(stage, ["N03A001 ended", "N07A001 ended", "N07A002 open"]);
    });

    it("when it had its answer, and another process settles a newer message only", async () => {
      await using stage = await setStage();
      const { deployment, frozen } = stage;
      const answer = frozen.proxies.mpc.stallAt("server", "HTTP/1.1 200");
      await allocate(deployment, jo, "older");
      await answer.sprung;
      await freeze(stage, { isForgotten: false });
      frozen.proxies.mpc.resume();
      await deployment.addReplica();
      await allocate(deployment, amal, "newer");
      assert.deepEqual(await deployment.settled("newer"), ["PomAllocated"]);
      frozen.signal("SIGCONT");
      assert.deepEqual(await outcomeOf(stage, "older"), ["NoPomChange"]);
      await expectTruth(stage, ["N03A001 ended", "N07A001 open"]);
    });

    it("when it had written all but its commit, which arrives after the others have gone on", async () => {
      await using stage = await setStage();
      const { deployment, frozen } = stage;
      const commit = frozen.proxies.database.stallAt("client", "commit\0");
      await allocate(deployment, jo, "older");
      await commit.sprung;
      await freeze(stage, { isForgotten: true });
      const other = await deployment.addReplica();
      await allocate(deployment, ruth, "newer");
      // The limits of the frozen session end its transaction after 10 seconds; until then, others wait for its locks.
      await deployment.allSettled(["older", "newer"]);
      assert.ok(
        deployment.lines.every(({ writer, message }) => message !== "message settled" || writer === other.number),
      );
      frozen.proxies.database.resume();
      frozen.signal("SIGCONT");
      assert.deepEqual(await outcomeOf(stage, "older"), ["Duplicate"]);
      await expectTruth(stage, ["N03A001 ended", "N07A001 open"]);
    });
  },
);
