import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { startOtherServer } from "../support/other-server.ts";
import { startService } from "../support/service.ts";
import { countRows, listAttempts } from "../support/written-rows.ts";

describe("while Manage POM Cases says nothing", () => {
  it("a call is given up after 15 seconds, also one whose answer does not end, and is made again", async () => {
    await using service = await startService();
    const { mpc, queue, database } = service;
    const fates = { A1002AA: "silence", A1004AA: "endless body" } as const;
    const keys = await Promise.all(
      Object.entries(fates).map(([noms, fate]) => {
        mpc.answerWith(paths.handover(noms), [fate, handoverAnswer("2031-07-01")]);
        return queue.publish(toPublication(handoverEvent(mpc.origin, noms)));
      }),
    );
    const outcomes = await Promise.all(keys.map((key) => service.settled(key)));
    assert.deepEqual(outcomes, [["KeyDateUpdated"], ["KeyDateCreated"]]);
    for (const key of keys) assert.deepEqual(await listAttempts(database, key), ["mpc: TimeoutError"]);
    assert.equal(await countRows(database, "mpc_delius.quarantine"), 0);
  });

  it("a connection that is refused is tried again until someone listens", async () => {
    const { port, origin, ...closed } = await startOtherServer();
    await closed[Symbol.asyncDispose]();
    await using service = await startService({ maxReceiveCount: 1000, environment: { MPC_API_URL: origin } });
    const key = await service.queue.publish(toPublication(handoverEvent(origin, "A1004AA")));
    await service.line("attempt failed", key, 2);
    await using listening = await startOtherServer(undefined, port);
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.equal(listening.requests.length, 1);
    const attempts = new Set(await listAttempts(service.database, key));
    assert.deepEqual([...attempts], ["mpc: ECONNREFUSED"]);
  });
});
