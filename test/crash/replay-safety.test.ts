import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { managers } from "../../sandbox/mpc/page.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { courseCases } from "../support/course.ts";
import { takeSnapshot } from "../support/delius-rows.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { reportFigures } from "../support/figures.ts";
import { startIssuer, type Issuer } from "../support/issuer.ts";
import { eventTypes, nomsOf, paths, toNotification } from "../support/messages.ts";
import type { Replica } from "../support/replica.ts";
import { listPoms } from "../support/written-rows.ts";

const [, , manager] = managers;
const answerSchema = z.object({ results: z.array(z.looseObject({ inboxKey: z.string(), result: z.string() })) });

describe("P11: a message that was quarantined and is replayed", () => {
  let deployment: Deployment;
  let issuer: Issuer;
  let replica: Replica;
  let port = 0;
  let replayed = 0;
  let killed = 0;
  before(async () => {
    issuer = await startIssuer();
    deployment = await deploy({
      prepare: ({ url }) => seedCases(url, courseCases(8)),
      environment: { AUTH_ISSUER: issuer.issuer, AUTH_JWKS_URL: issuer.jwksUrl },
    });
    replica = await deployment.prepareReplica();
    port = await findFreePort();
    await replica.start({ PORT: String(port) });
  });
  after(async () => {
    reportFigures({ replays: replayed, "processes killed during a replay": killed });
    await issuer[Symbol.asyncDispose]();
    await deployment[Symbol.asyncDispose]();
  });

  const bodyOf = (index: number, key: string) =>
    toNotification(
      { eventType: eventTypes.allocation, personReference: { identifiers: [{ type: "NOMS", value: nomsOf(index) }] } },
      key,
    );

  /** An allocation at a prison that Delius does not know is quarantined. */
  const quarantine = async (index: number, key: string) => {
    const body = JSON.stringify({ manager, prison: { code: "XXX" } });
    deployment.mpc.answerWith(paths.allocation(nomsOf(index)), { status: 200, body });
    await deployment.queue.send(bodyOf(index, key));
    assert.deepEqual(await deployment.settled(key), ["UnknownPrison"]);
  };

  const mend = async (index: number) => {
    assert.ok(manager);
    await deployment.mpc.act(nomsOf(index), { kind: "allocate", manager, prison: "LEI" }, { announce: false });
    deployment.mpc.answerWith(paths.allocation(nomsOf(index)), null);
  };

  const replay = async (key: string) => {
    const token = await issuer.sign({ authorities: ["ROLE_MPC_DELIUS_OPERATE"] });
    const response = await fetch(`http://127.0.0.1:${port}/operations/quarantine/replay`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ inboxKeys: [key], reason: "the prison is known now" }),
    });
    const [result] = answerSchema.parse(await response.json()).results;
    if (result?.result === "replaying") replayed += 1;
    return result;
  };

  /** Lets the time run out for which a replay belongs to the process that was about to send it. */
  const endLease = () =>
    deployment.database.query("update mpc_delius.quarantine set due_at = clock_timestamp() where state = 'replaying'");

  const delius = async () => {
    const snapshot = await takeSnapshot(deployment.database);
    return Object.fromEntries(Object.entries(snapshot).filter(([table]) => !table.startsWith("mpc_delius.")));
  };

  it("is settled once; to replay it again, or to deliver it again, changes nothing", async () => {
    await quarantine(0, "repaired");
    await mend(0);
    assert.equal((await replay("repaired"))?.result, "replaying");
    assert.deepEqual(await deployment.settled("repaired#1"), ["PomAllocated"]);
    const once = await delius();
    const refused = await replay("repaired");
    assert.equal(refused?.result, "refused");
    await deployment.queue.send(bodyOf(0, "repaired"), { inboxKey: "repaired#1", facts: "allocation" });
    await deployment.queue.send(bodyOf(0, "repaired"));
    assert.deepEqual(await deployment.settled("repaired#1", 2), ["Duplicate"]);
    assert.deepEqual(await deployment.settled("repaired", 2), ["Duplicate"]);
    assert.deepEqual(await delius(), once);
  });

  it("is replayed five times at most", async () => {
    await quarantine(1, "hopeless");
    for (const number of [1, 2, 3, 4, 5]) {
      assert.equal((await replay("hopeless"))?.result, "replaying");
      assert.deepEqual(await deployment.settled(`hopeless#${number}`), ["UnknownPrison"]);
    }
    assert.equal((await replay("hopeless"))?.result, "refused");
    assert.deepEqual(await listPoms(deployment.database, nomsOf(1)), ["N03A001 open"]);
  });

  for (const [name, point, index] of [
    ["before it is sent", { proxy: "queue", text: "AmazonSQS.SendMessage" }, 2],
    ["after it is sent and before that is noted", { proxy: "database", text: "\0mark-replay-sent\0" }, 4],
  ] as const) {
    it(`is sent and has one effect when the process dies ${name}`, async () => {
      const key = `crash-${index}`;
      await quarantine(index, key);
      await mend(index);
      const trap = replica.proxies[point.proxy].stallAt("client", point.text);
      assert.equal((await replay(key))?.result, "replaying");
      await trap.sprung;
      await replica.kill();
      killed += 1;
      await deployment.expire(replica);
      await endLease();
      await replica.start({ PORT: String(port) });
      await deployment.settled(`${key}#1`);
      await deployment.untilQueueIsEmpty();
      assert.deepEqual(await listPoms(deployment.database, nomsOf(index)), ["N03B001 open"]);
      const rows = await deployment.database.query(
        "select state, replays from mpc_delius.quarantine where inbox_key = $1",
        [key],
      );
      assert.deepEqual(rows, [{ state: "settled", replays: 1 }]);
    });
  }
});
