import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { listAttempts } from "../support/written-rows.ts";

const refused = { status: 401, body: '{"status":"error","message":"Valid authorisation token required"}' };
const dates = handoverAnswer("2031-07-01");

describe("the token for Manage POM Cases", () => {
  let service: TestService;
  before(async () => {
    service = await startService({
      maxReceiveCount: 1000,
      prepare: ({ url }) => seedCases(url, plainCases(30)),
    });
  });
  after(() => service[Symbol.asyncDispose]());

  const publish = (noms: string) => service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));
  const callsOf = (noms: string) => service.mpc.requests().filter(({ path }) => path.endsWith(noms));

  it("is asked for once by many who wait for it, and kept", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, (_, index) => publish(nomsOf(index))));
    await Promise.all(keys.map((key) => service.settled(key)));
    assert.equal(service.auth.requests(), 1);
    assert.ok(service.mpc.requests().every(({ isAuthorized }) => isAuthorized));
  });

  it("is fetched afresh when it is refused once, and the message goes on in the same attempt", async () => {
    const noms = nomsOf(20);
    const asked = service.auth.requests();
    service.mpc.answerWith(paths.handover(noms), [refused, dates]);
    const key = await publish(noms);
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.equal(service.auth.requests(), asked + 1);
    assert.equal(callsOf(noms).length, 2);
    assert.deepEqual(await listAttempts(service.database, key), []);
  });

  it("that is refused twice makes the message wait, and nothing is quarantined", async () => {
    const noms = nomsOf(21);
    service.mpc.answerWith(paths.handover(noms), [refused, refused, dates]);
    const key = await publish(noms);
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.deepEqual(await listAttempts(service.database, key), ["mpc: HTTP 401"]);
  });

  it("that HMPPS Auth does not give makes the message wait until it does", async () => {
    const noms = nomsOf(22);
    service.auth.failWith(503);
    service.mpc.answerWith(paths.handover(noms), [refused, dates]);
    const key = await publish(noms);
    const { fields } = await service.line("attempt failed", key);
    assert.equal(fields["dependency"], "auth");
    service.auth.failWith(null);
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
  });
});
