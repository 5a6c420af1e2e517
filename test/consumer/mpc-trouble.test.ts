import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Fate } from "../../sandbox/mpc/calls.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toPublication } from "../support/messages.ts";
import { startOtherServer } from "../support/other-server.ts";
import { startService, type TestService } from "../support/service.ts";
import { countRows, listAttempts, listKeyDates } from "../support/written-rows.ts";

const html = { "content-type": "text/html" };

/** Everything that is not Manage POM Cases speaking (rule M3), and how its attempt is recorded. */
const troubles: readonly (readonly [what: string, fate: Fate, attempt: string])[] = [
  [
    "a gateway's page with status 200",
    { status: 200, body: "<html>Log in</html>", headers: html },
    "HTTP 200 without JSON",
  ],
  [
    "a gateway's page with status 404",
    { status: 404, body: "<html>Not found</html>", headers: html },
    "HTTP 404 without JSON",
  ],
  ["an empty body", { status: 200, body: "" }, "HTTP 200 without JSON"],
  ["half a JSON text", { status: 200, body: '{"handoverDate":"2031' }, "HTTP 200 without JSON"],
  ["status 400", { status: 400, body: "{}" }, "HTTP 400"],
  ["status 403", { status: 403, body: '{"status":"error"}' }, "HTTP 403"],
  ["status 410", { status: 410, body: "{}" }, "HTTP 410"],
  ["status 429", { status: 429, body: "{}", headers: { "retry-after": "1" } }, "HTTP 429"],
  ["status 500", { status: 500, body: "{}" }, "HTTP 500"],
  ["status 503", { status: 503, body: "" }, "HTTP 503"],
  ["status 201", { status: 201, body: '{"handoverDate":"2031-07-01"}' }, "HTTP 201"],
  [
    "a body of more than 1 MiB",
    { status: 200, body: JSON.stringify({ pad: "x".repeat(1_100_000) }) },
    "answer too large",
  ],
];

/** Those that pass within moments, as a rule. */
const passingTroubles: typeof troubles = [
  ["status 502", { status: 502, body: "<html>Bad gateway</html>", headers: html }, "HTTP 502"],
  ["a connection that is cut", "cut", "UND_ERR_SOCKET"],
];

describe("while it is not Manage POM Cases that answers", () => {
  let service: TestService;
  before(async () => {
    service = await startService({ prepare: ({ url }) => seedCases(url, plainCases(80)) });
  });
  after(() => service[Symbol.asyncDispose]());

  const publish = (noms: string) => service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));

  let besides = 40;

  /** Publishes an event whose calls meet these fates before they are answered, beside one of another person that is answered. */
  const settle = async (noms: string, fates: readonly Fate[]) => {
    // Without good calls beside the bad ones the service would take a rest from Manage POM Cases.
    const beside = nomsOf(besides);
    besides += 1;
    const dates = handoverAnswer("2031-07-01");
    service.mpc.answerWith(paths.handover(beside), dates);
    service.mpc.answerWith(paths.handover(noms), [...fates, dates]);
    const [key, other] = await Promise.all([publish(noms), publish(beside)]);
    assert.deepEqual(await service.settled(other), ["KeyDateCreated"]);
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.deepEqual(await listKeyDates(service.database, noms), ["POM2 2031-07-01 0"]);
    return key;
  };

  troubles.forEach(([what, fate, attempt], index) => {
    it(`${what} is tried again later and nothing is quarantined`, async () => {
      const key = await settle(nomsOf(index), [fate]);
      assert.deepEqual(await listAttempts(service.database, key), [`mpc: ${attempt}`]);
    });
  });

  passingTroubles.forEach(([what, fate, attempt], index) => {
    it(`${what} is tried again at once, and later when it lasts`, async () => {
      const short = await settle(nomsOf(20 + index), [fate, fate]);
      assert.deepEqual(await listAttempts(service.database, short), []);
      const long = await settle(nomsOf(25 + index), [fate, fate, fate]);
      assert.deepEqual(await listAttempts(service.database, long), [`mpc: ${attempt}`]);
    });
  });

  for (const [index, status] of [301, 302, 303, 307, 308].entries()) {
    it(`a redirect with status ${status} is tried again later, and no request goes where it points`, async () => {
      await using elsewhere = await startOtherServer();
      const noms = nomsOf(30 + index);
      const location = elsewhere.origin + paths.handover(noms);
      const key = await settle(noms, [{ status, body: "{}", headers: { location } }]);
      assert.deepEqual(await listAttempts(service.database, key), [`mpc: HTTP ${status}`]);
      assert.deepEqual(elsewhere.requests, []);
    });
  }

  it("sets nothing aside and leaves nothing in the queue", async () => {
    assert.equal(await countRows(service.database, "mpc_delius.quarantine"), 0);
    await service.stop();
    assert.deepEqual(await service.queue.count(), { visible: 0, inFlight: 0, dead: 0 });
  });
});
