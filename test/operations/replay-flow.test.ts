import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { operator } from "../../sandbox/credentials.ts";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { postAsOperator, preview } from "../support/operator-request.ts";
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

  const stateOf = (key: string) =>
    service.database.query("select fact, state, replays from mpc_delius.quarantine where inbox_key = $1", [key]);

  it("is previewed, replayed once the cause is repaired, and changes nothing when it is ordered again", async () => {
    service.mpc.answerWith(paths.handover(noms), { status: 200, body: `{"handoverDate": "never"}` });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));
    assert.deepEqual(await service.settled(key), ["InvalidAnswer"]);

    service.mpc.answerWith(paths.handover(noms), handoverAnswer("2031-07-01"));
    assert.deepEqual(await preview(service, [key]), [["KeyDateCreated"]]);
    assert.deepEqual(await listKeyDates(service.database, noms), []);

    const ordered = await postAsOperator(service, "/operations/quarantine/replay", { inboxKeys: [key], reason });
    assert.deepEqual(ordered, { results: [{ inboxKey: key, result: "replaying", replay: 1 }], left: 0, action: 1 });
    assert.deepEqual(await service.settled(`${key}#1`), ["KeyDateCreated"]);
    assert.deepEqual(await listKeyDates(service.database, noms), ["POM2 2031-07-01 0"]);
    assert.deepEqual(await stateOf(key), [{ fact: "handover", state: "settled", replays: 1 }]);

    const again = await postAsOperator(service, "/operations/quarantine/replay", { inboxKeys: [key], reason });
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
    await postAsOperator(service, "/operations/quarantine/replay", { group: "InvalidAnswer", reason });
    assert.deepEqual(await service.settled(`${key}#1`), ["UnexpectedNotFound"]);
    assert.deepEqual(await stateOf(key), [{ fact: "handover", state: "held", replays: 1 }]);
  });
});
