import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { countConnections } from "../../src/app/app.ts";
import { metricList } from "../../src/platform/process/metric-list.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toNotification } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";

describe("the metrics of a service that has settled a message", () => {
  let service: TestService;
  let text: string;
  before(async () => {
    service = await startService({ prepare: ({ url }) => seedCases(url, plainCases(1)) });
    const { mpc, queue } = service;
    mpc.answerWith(paths.handover(nomsOf(0)), handoverAnswer("2031-07-01"));
    await queue.send(toNotification(handoverEvent(mpc.origin, nomsOf(0)), "measured"));
    await service.settled("measured");
    text = await (await fetch(`${service.address}/metrics`)).text();
  });
  after(() => service[Symbol.asyncDispose]());

  const valuesOf = (name: string) =>
    text.split("\n").flatMap((line) => (line.startsWith(name) ? [line.slice(name.length)] : []));

  it("are those of the list, by name and kind", () => {
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
    const listed = Object.values(metricList).map(({ name, kind }) => `${name} ${kind}`);
    assert.deepEqual(shown.filter((one) => !/^(process|nodejs)_/.test(one)).toSorted(), listed.toSorted());
  });

  it("count it, and measure how long it took", () => {
    const type = 'event_type="offender-management.handover.changed"';
    assert.deepEqual(valuesOf(`mpc_delius_outcomes_total{${type},`), ['outcome="KeyDateCreated"} 1']);
    assert.deepEqual(valuesOf("messaging_client_consumed_messages_total"), [" 1"]);
    assert.deepEqual(valuesOf(`messaging_process_duration_seconds_count{${type}}`), [" 1"]);
    assert.deepEqual(valuesOf(`mpc_delius_event_to_commit_seconds_count{${type}}`), [" 1"]);
  });

  it("show that everything is in order again", () => {
    assert.deepEqual(valuesOf('mpc_delius_slots{state="busy"}'), [" 0"]);
    assert.deepEqual(valuesOf("mpc_delius_messages_in_hand"), [" 0"]);
    assert.deepEqual(valuesOf("mpc_delius_oldest_message_age_seconds"), [" 0"]);
    assert.deepEqual(valuesOf("mpc_delius_intake_paused"), [" 0"]);
    assert.deepEqual(valuesOf("mpc_delius_circuit_state"), [
      '{dependency="database"} 0',
      '{dependency="mpc"} 0',
      '{dependency="auth"} 0',
    ]);
  });

  it("show the connections of every pool", () => {
    const pools = ["previews", "reads", "reconciliations", "writes"];
    const most = valuesOf("db_client_connection_max");
    assert.deepEqual(
      most.toSorted(),
      [2, 2, 2, 4].map((max, at) => `{pool="${pools[at]}"} ${max}`),
    );
    const sum = most.reduce((all, one) => all + Number(one.split(" ")[1]), 0);
    assert.equal(sum, countConnections({ database: { poolSize: 4 } }));
    for (const pool of pools) {
      assert.deepEqual(valuesOf(`db_client_connection_pending_requests{pool="${pool}"}`), [" 0"]);
      assert.equal(valuesOf(`db_client_connection_count{pool="${pool}"`).length, 2);
    }
  });
});
