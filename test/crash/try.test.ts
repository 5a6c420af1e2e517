import assert from "node:assert/strict";
import { it } from "node:test";
import { deploy } from "../support/deployment.ts";
import { handoverEvent, toNotification } from "../support/messages.ts";

it("tries", async () => {
  await using deployment = await deploy();
  const t0 = performance.now();
  const replica = await deployment.addReplica();
  console.log("start", performance.now() - t0);
  const other = await deployment.addReplica();
  console.log("start", performance.now() - t0);
  await deployment.mpc.act("A1004AA", { kind: "setHandover", handoverDate: "2031-07-01", handoverStartDate: null }, { announce: false });
  await deployment.queue.send(toNotification(handoverEvent("x", "A1004AA", { detailUrl: undefined }), "k1"));
  console.log(await deployment.settled("k1"));
  await deployment.untilQueueIsEmpty();
  console.log(await deployment.queue.count());
  await other.kill();
  console.log(await replica.stop(), replica.output);
  assert.ok(true);
});
