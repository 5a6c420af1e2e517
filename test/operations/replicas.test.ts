import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import type { Database } from "../../src/platform/database/database.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { createReplicaJob } from "../../src/operations/intake-control/replica-job.ts";
import { listReplicas, saveReplica } from "../../src/operations/intake-control/replica-store.ts";
import { replicaSchema, type ReplicaReport } from "../../src/operations/intake-control/replica-report.ts";
import { startIssuer, type Issuer } from "../support/issuer.ts";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { createTestDatabase, openStore, type TestDatabase } from "../support/test-database.ts";
import { captureLines, roles } from "./operations-fixture.ts";

const intakeSchema = z.object({ replicas: z.array(replicaSchema) });

const idle: ReplicaReport = { state: "running", inWork: 0, held: 0, waitsFor: null };
const describeState = ({ state, inWork }: Pick<ReplicaReport, "state" | "inWork">) =>
  inWork === 0 ? state : `${state} ${inWork}`;
const identityOf = (number: number) => ({ id: `00000000-0000-4000-8000-00000000000${number}`, name: `pod-${number}` });

describe("the replicas over one database", () => {
  let issuer: Issuer;
  let service: TestService;
  let store: Database;
  before(async () => {
    issuer = await startIssuer();
    const environment = { AUTH_ISSUER: issuer.issuer, AUTH_JWKS_URL: issuer.jwksUrl };
    service = await startService({ environment, hasOtherCallers: true });
    store = openStore(service.database);
    await service.startAnother();
    await service.startAnother({ CONSUMER_ENABLED: "false" });
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  const ask = async (path: string, body?: object) => {
    const token = await issuer.sign({ authorities: Object.values(roles), user_name: "A_PERSON" });
    const answer = await fetch(`${service.address}/operations/intake${path}`, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
  };
  /** Waits until the replicas stand so, in alphabetical order, with so many messages in work. */
  const untilTheyAre = async (...wanted: readonly string[]) => {
    for (;;) {
      const states = (await listReplicas(store)).map(describeState).toSorted();
      if (states.join() === wanted.join()) return;
    }
  };

  it("take messages as ever while none can write how it stands", async () => {
    await using _ = await service.database.hold("lock table mpc_delius.replica in access exclusive mode");
    service.mpc.answerWith(paths.handover("A1003AA"), handoverAnswer("2031-07-01"));
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, "A1003AA")));
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    await service.line("replica state not written; will retry");
  });

  it("say how the intake of each stands, from the order to pause until the last message is done", async () => {
    await untilTheyAre("not receiving", "running", "running");
    const { promise, resolve: letGo } = Promise.withResolvers<void>();
    service.mpc.answerWith(paths.handover("A1004AA"), { ...handoverAnswer("2031-07-01"), after: promise });
    const asked = service.mpc.nextRequest(paths.handover("A1004AA"));
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, "A1004AA")));
    await asked;
    await ask("/pause", { reason: "upgrade" });
    await untilTheyAre("not receiving", "paused", "pausing 1");
    const { replicas } = intakeSchema.parse(await ask(""));
    assert.deepEqual(replicas.map(describeState).toSorted(), ["not receiving", "paused", "pausing 1"]);
    letGo();
    await service.settled(key);
    await untilTheyAre("not receiving", "paused", "paused");
  });

  it("are gone from the list when they have stopped", async () => {
    await service.stop();
    assert.deepEqual(await service.database.query("select name from mpc_delius.replica"), []);
  });
});

describe("how a replica stands", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it("is left out when it was not seen lately, and removed after ten minutes", async () => {
    for (const number of [1, 2, 3]) await saveReplica(store, identityOf(number), idle);
    const age = "update mpc_delius.replica set seen_at = clock_timestamp() - $2::interval where name = $1";
    await database.query(age, ["pod-1", "25 seconds"]);
    await database.query(age, ["pod-2", "601 seconds"]);
    assert.deepEqual(
      (await listReplicas(store)).map(({ name }) => name),
      ["pod-3"],
    );
    await saveReplica(store, identityOf(3), { ...idle, state: "waiting", waitsFor: "mpc" });
    assert.deepEqual(await database.query("select name, waits_for from mpc_delius.replica order by name"), [
      { name: "pod-1", waits_for: null },
      { name: "pod-3", waits_for: "mpc" },
    ]);
  });

  it("is written at once when its state changes, and not sooner than it has to be otherwise", async () => {
    const { log } = captureLines();
    const { promise, resolve: written } = Promise.withResolvers<void>();
    let report = idle;
    const states: string[] = [];
    const watched: Database = {
      ...store,
      transaction: async (work, signal) => {
        states.push(report.state);
        const value = await store.transaction(work, signal);
        if (states.length === 2) written();
        return value;
      },
    };
    const settings = { database: watched, identity: identityOf(4), describe: () => report, log, random: () => 0.5 };
    await using job = createReplicaJob({ ...settings, betweenMs: 3_600_000 });
    job.start();
    job.look();
    report = { ...report, inWork: 1 };
    job.look();
    report = { ...report, state: "pausing" };
    job.look();
    await promise;
    assert.deepEqual(states, ["running", "pausing"]);
  });

  it("is logged once as not written for as long as the database fails, and again when it fails anew", async () => {
    const { log, lines } = captureLines();
    const { promise, resolve: enough } = Promise.withResolvers<void>();
    let tries = 0;
    const failing: Database = {
      ...store,
      transaction: (work, signal) => {
        tries += 1;
        if (tries === 6) enough();
        if (tries === 4) return store.transaction(work, signal);
        return Promise.reject(new DependencyError("database", "ECONNREFUSED"));
      },
    };
    const settings = { database: failing, identity: identityOf(5), describe: () => idle, log, random: () => 0.5 };
    await using job = createReplicaJob({ ...settings, betweenMs: 1 });
    job.start();
    await promise;
    const line = JSON.stringify({ message: "replica state not written; will retry", errorClass: "ECONNREFUSED" });
    assert.deepEqual(lines, [line, line]);
  });
});
