import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { operator } from "../../sandbox/credentials.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { askToken } from "../support/caller-token.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { listKeyDates } from "../support/written-rows.ts";

const [replayed, repaired, untouched] = ["A1004AA", "A1001AA", "A1002AA"];
/** Neither side holds anything for this person. */
const compared = nomsOf(0);
const reason = "The intake is off for an hour";
const awake = { CONSUMER_ENABLED: "true" };

describe("a service that is not to receive", () => {
  let service: TestService;
  let quarantinedKey: string;
  let repair: string;
  before(async () => {
    service = await startService({
      environment: { CONSUMER_ENABLED: "false" },
      firstRetentionMs: 0,
      prepare: async (database) => {
        await seedCases(database.url, plainCases(1));
        await database.query(
          `insert into mpc_delius.inbox (inbox_key, received_at, settled_at)
           values ('expired', now() - interval '91 days', now() - interval '91 days')`,
        );
      },
    });
    service.mpc.answerWith(paths.handover(replayed), { status: 200, body: `{"handoverDate": "never"}` });
    await using receiving = await service.startAnother(awake);
    quarantinedKey = await publish(replayed);
    assert.deepEqual(await service.settled(quarantinedKey), ["InvalidAnswer"]);
    assert.ok(receiving);
  });
  after(() => service[Symbol.asyncDispose]());

  const publish = (noms: string) => service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));
  const post = async (path: string, body: object): Promise<unknown> => {
    const token = await askToken(service.auth, operator);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(service.address + path, { method: "POST", headers, body: JSON.stringify(body) });
    const answer: unknown = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer;
  };
  const untilQueued = async (messages: number) => {
    while ((await service.queue.count()).visible < messages) await wait(20);
  };

  it("leaves an event in the queue, and shows that by the state of the consumer", async () => {
    await publish(untouched);
    await untilQueued(1);
    const shown = z
      .object({ components: z.object({ consumer: z.object({ details: z.looseObject({ state: z.string() }) }) }) })
      .parse(await (await fetch(`${service.address}/health`)).json());
    assert.equal(shown.components.consumer.details.state, "disabled");
  });

  it("sends a replay that is ordered", async () => {
    service.mpc.answerWith(paths.handover(replayed), handoverAnswer("2031-07-01"));
    await post("/operations/quarantine/replay", { inboxKeys: [quarantinedKey], reason });
    await service.line("replay sent", `${quarantinedKey}#1`);
    await untilQueued(2);
  });

  it("carries out a reconciliation that is ordered", async () => {
    const asked = { selection: { nomsNumbers: [compared] }, reason };
    const { id } = z.looseObject({ id: z.int() }).parse(await post("/operations/reconciliations", asked));
    const { fields } = await service.line("reconciliation finished");
    assert.deepEqual([fields["run"], fields["cases"]], [id, 1]);
  });

  it("sends a repair that is ordered", async () => {
    const run = await keepDifference(service, repaired);
    const answer = await post(`/operations/reconciliations/${run}/repair`, { dryRun: false, reason });
    repair = z.looseObject({ refreshRun: z.string() }).parse(answer).refreshRun;
    await untilQueued(3);
  });

  it("removes expired rows", async () => {
    const { fields } = await service.line("expired rows removed");
    assert.equal(fields["inbox"], 1);
  });

  it("has received nothing by then", async () => {
    assert.deepEqual(await service.queue.count(), { visible: 3, inFlight: 0, dead: 0 });
    assert.deepEqual(await listKeyDates(service.database, replayed), []);
  });

  it("leaves all of that to be settled by one that receives", async () => {
    await service.startAnother(awake);
    assert.deepEqual(await service.settled(`${quarantinedKey}#1`), ["KeyDateCreated"]);
    const [row] = await service.database.query("select offender_id as id from offender where noms_number = $1", [
      repaired,
    ]);
    await service.settled(`refresh-${repair}-${String(row?.["id"])}`);
  });
});

/** What a reconciliation would have found; answers its number. */
async function keepDifference({ database }: TestService, noms: string): Promise<number> {
  const [run] = await database.query(
    `with run as (insert into mpc_delius.reconciliation_run (selection, finished_at, compared, totals)
       values ('{"all": true}', now(), 1, '{"differences":{"date-missing":1},"deletes":{"extra":0,"stale":0}}') returning *)
     insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed)
     select reconciliation_run_id, offender_id, noms_number, 'handover', 'date-missing', 'KeyDateCreated', true
     from run, offender where noms_number = $1 returning reconciliation_run_id as id`,
    [noms],
  );
  return Number(run?.["id"]);
}
