import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { operator } from "../../sandbox/credentials.ts";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { listKeyDates } from "../support/written-rows.ts";

const noms = "A1004AA";
const reason = "Manage POM Cases has repaired its answer";

describe("a message that was quarantined, from quarantine to Delius (P11)", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service[Symbol.asyncDispose]());

  async function post(path: string, body: object): Promise<unknown> {
    const credentials = Buffer.from(`${operator.id}:${operator.secret}`).toString("base64");
    const grant = { method: "POST", body: new URLSearchParams({ grant_type: "client_credentials" }) };
    const given = await fetch(service.auth.tokenUrl, { ...grant, headers: { authorization: `Basic ${credentials}` } });
    const { access_token: token } = z.object({ access_token: z.string() }).parse(await given.json());
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(service.address + path, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(response.status, 200);
    return response.json();
  }

  const stateOf = (key: string) =>
    service.database.query("select fact, state, replays from mpc_delius.quarantine where inbox_key = $1", [key]);

  it("is previewed, replayed once the cause is repaired, and changes nothing when it is ordered again", async () => {
    service.mpc.answerWith(paths.handover(noms), { status: 200, body: `{"handoverDate": "never"}` });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));
    assert.deepEqual(await service.settled(key), ["InvalidAnswer"]);

    service.mpc.answerWith(paths.handover(noms), handoverAnswer("2031-07-01"));
    const preview = await post("/operations/quarantine/preview", { inboxKeys: [key] });
    const previewed = z
      .object({ results: z.array(z.object({ facts: z.array(z.object({ outcome: z.string() })) })) })
      .parse(preview);
    assert.deepEqual(
      previewed.results.map(({ facts }) => facts),
      [[{ outcome: "KeyDateCreated" }]],
    );
    assert.deepEqual(await listKeyDates(service.database, noms), []);

    const ordered = await post("/operations/quarantine/replay", { inboxKeys: [key], reason });
    assert.deepEqual(ordered, { results: [{ inboxKey: key, result: "replaying", replay: 1 }], left: 0, action: 1 });
    assert.deepEqual(await service.settled(`${key}#1`), ["KeyDateCreated"]);
    assert.deepEqual(await listKeyDates(service.database, noms), ["POM2 2031-07-01 0"]);
    assert.deepEqual(await stateOf(key), [{ fact: "handover", state: "settled", replays: 1 }]);

    const again = await post("/operations/quarantine/replay", { inboxKeys: [key], reason });
    const refused = { inboxKey: key, result: "refused", refusal: "settled", message: "The message is settled" };
    assert.deepEqual(again, { results: [refused], left: 0 });
    const actions = await service.database.query("select actor, action, reason from mpc_delius.operator_action");
    assert.deepEqual(actions, [{ actor: operator.id, action: "replay", reason }]);
  });

  it("is quarantined again when its replay ends no better, with the reason that it has now", async () => {
    service.mpc.answerWith(paths.handover("A1001AA"), { status: 200, body: `{"handoverDate": "never"}` });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, "A1001AA")));
    assert.deepEqual(await service.settled(key), ["InvalidAnswer"]);
    service.mpc.answerWith(paths.handover("A1001AA"), { status: 404, body: `{"message":"Who?"}` });
    await post("/operations/quarantine/replay", { group: "InvalidAnswer", reason });
    assert.deepEqual(await service.settled(`${key}#1`), ["UnexpectedNotFound"]);
    assert.deepEqual(await stateOf(key), [{ fact: "handover", state: "held", replays: 1 }]);
  });
});
