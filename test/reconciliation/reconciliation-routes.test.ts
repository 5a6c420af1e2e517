import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { refreshRunSchema } from "../../src/operations/refresh/refresh-schema.ts";
import { startOperator, type Operator } from "./operator-fixture.ts";

const target = "A1004AA";
const path = { drift: `/operations/drift/${target}`, refresh: "/operations/refresh" };
const sentSchema = z.object({ refreshRun: z.string(), inboxKeys: z.tuple([z.string()]) });
const runSchema = refreshRunSchema.pick({ cases: true, progress: true });

describe("an operator of a service with the granted rights alone", () => {
  let operator: Operator;
  before(async () => {
    operator = await startOperator();
    const action = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
    await operator.service.mpc.act(target, action, { announce: false });
  });
  after(() => operator[Symbol.asyncDispose]());

  const ask: Operator["ask"] = (...asked) => operator.ask(...asked);
  const order = { nomsNumbers: [target], reason: "It looks wrong" };
  const listDates = () => operator.database.query("select from key_date where custody_id = 40 and soft_deleted = 0");

  it("sees how a case differs", async () => {
    const { status, answer } = await ask(path.drift, { role: "VIEW" });
    assert.equal(status, 200);
    assert.deepEqual(answer, {
      nomsNumber: target,
      differences: [
        {
          fact: "handover",
          class: "date-missing",
          outcome: "KeyDateCreated",
          inMpc: { kind: "dates", nomsNumber: target, handoverDate: "2027-01-02", handoverStartDate: null },
          inDelius: { keyDates: [] },
        },
      ],
    });
  });

  it("learns which case is not there, and which number is none", async () => {
    assert.equal((await ask("/operations/drift/A9999AA")).status, 404);
    assert.equal((await ask("/operations/drift/nobody")).status, 400);
  });

  it("refreshes it in a dry run unless they say otherwise, on the record", async () => {
    const dry = sentSchema.parse((await ask(path.refresh, { body: order })).answer);
    await operator.service.settled(dry.inboxKeys[0]);
    assert.equal((await listDates()).length, 0);
    const real = sentSchema.parse((await ask(path.refresh, { body: { ...order, dryRun: false } })).answer);
    await operator.service.settled(real.inboxKeys[0]);
    assert.equal((await listDates()).length, 1);
    assert.deepEqual((await ask(path.drift)).answer, { nomsNumber: target, differences: [] });
    const recorded = await operator.database.query(
      "select actor, reason, subject from mpc_delius.operator_action where action = 'refresh' order by operator_action_id",
    );
    assert.equal(recorded.length, 2);
    assert.deepEqual(recorded[1], {
      actor: "A_PERSON",
      reason: order.reason,
      subject: { refreshRun: real.refreshRun, inboxKeys: real.inboxKeys, dryRun: false, removeStale: false },
    });
  });

  it("is answered what becomes of each number that was named, once", async () => {
    const nomsNumbers = ["Z9999ZZ", target, "A1012AA", target];
    const { answer } = await ask(path.refresh, { body: { ...order, nomsNumbers } });
    const { inboxKeys, refreshRun } = sentSchema.parse(answer);
    await operator.service.settled(inboxKeys[0]);
    const run = runSchema.parse((await ask(`${path.refresh}/${refreshRun}`)).answer);
    assert.equal(run.cases, 1);
    assert.deepEqual(run.progress, { ordered: 1, sent: 1, settled: 1, failed: 0, cancelled: 0 });
    assert.deepEqual(z.looseObject({ cases: z.unknown() }).parse(answer).cases, [
      { nomsNumber: "Z9999ZZ", inboxKeys: [], reason: "not found: no case in Delius has this NOMS number" },
      { nomsNumber: target, inboxKeys },
      { nomsNumber: "A1012AA", inboxKeys: [], reason: "left out: the case is deleted in Delius" },
    ]);
  });

  it("sees how a run of refreshes went, and learns which there is not", async () => {
    const { refreshRun, inboxKeys } = sentSchema.parse((await ask(path.refresh, { body: order })).answer);
    await operator.service.settled(inboxKeys[0]);
    const { status, answer } = await ask(`${path.refresh}/${refreshRun}`, { role: "VIEW" });
    assert.equal(status, 200);
    const { startedAt: _, finishedAt, ...told } = z.looseObject({ finishedAt: z.string() }).parse(answer);
    assert.ok(Date.parse(finishedAt) > 0);
    assert.deepEqual(told, {
      refreshRun,
      startedBy: "A_PERSON",
      state: "finished",
      dryRun: true,
      removeStale: false,
      cases: 1,
      sent: 1,
      settled: 1,
      progress: { ordered: 1, sent: 1, settled: 1, failed: 0, cancelled: 0 },
      outcomes: { NoKeyDateChange: 1, NotReadyToAllocate: 1 },
    });
    for (const other of ["2020-01-01-1", "nobody", "%00"]) {
      assert.equal((await ask(`${path.refresh}/${other}`)).status, 404, other);
    }
  });

  it("is answered at once while other refreshes hold all places, and the service sends it when some are free", async () => {
    const { database, service } = operator;
    await database.query("update mpc_delius.refresh_place set inbox_key = 'other-' || place, taken_at = now()");
    const { inboxKeys, refreshRun } = sentSchema.parse((await ask(path.refresh, { body: order })).answer);
    const run = async () =>
      (
        await database.query("select sent::integer from mpc_delius.refresh_run where refresh_run_id = $1", [refreshRun])
      )[0];
    assert.deepEqual(await run(), { sent: 0 });
    await database.query("update mpc_delius.refresh_place set inbox_key = null, taken_at = null");
    await service.settled(inboxKeys[0]);
  });

  it("sends nothing of a refresh that is cancelled before the first is sent", async () => {
    const { database } = operator;
    await database.query(
      `create function cancel_at_once() returns trigger language plpgsql as
       'begin new.cancelled_at := clock_timestamp(); return new; end'`,
    );
    await database.query(
      `create trigger cancel_at_once before update of due_at on mpc_delius.refresh_run
       for each row execute function cancel_at_once()`,
    );
    const { refreshRun } = sentSchema.parse((await ask(path.refresh, { body: order })).answer);
    await database.query("drop function cancel_at_once cascade");
    const run = refreshRunSchema.parse((await ask(`${path.refresh}/${refreshRun}`)).answer);
    assert.deepEqual(run.progress, { ordered: 1, sent: 0, settled: 0, failed: 0, cancelled: 1 });
    assert.ok(run.finishedAt, "it is over");
    const [held] = await database.query(
      "select from mpc_delius.refresh_place where starts_with(inbox_key, 'refresh-' || $1 || '-')",
      [refreshRun],
    );
    assert.equal(held, undefined, "it holds no place");
  });

  it("refreshes nothing with a viewer's role, without a reason, or while the intake is paused", async () => {
    assert.equal((await ask(path.refresh, { role: "VIEW", body: order })).status, 403);
    assert.equal((await ask(path.refresh, { body: { nomsNumbers: [target] } })).status, 400);
    await operator.database.query("update mpc_delius.intake_state set running = false");
    assert.equal((await ask(path.refresh, { body: order })).status, 503);
  });
});
