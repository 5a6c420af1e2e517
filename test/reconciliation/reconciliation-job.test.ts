import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readNomsNumber } from "../../src/person/person.ts";
import { reconcile } from "../../src/reconciliation/reconciliation-job.ts";
import { refresh, type Refresh } from "../../src/reconciliation/refresh-job.ts";
import { listRepairs } from "../../src/reconciliation/refresh-store.ts";
import { neverAborted } from "../support/test-database.ts";
import { readReport, startDriftWorld, type DriftWorld } from "./drift-fixture.ts";

const all = { all: true } as const;
const written = ["prison_offender_manager", "responsible_officer", "contact", "key_date", "staff", "staff_team"];

async function readDelius({ database }: DriftWorld): Promise<unknown> {
  const tables = written.map(
    (table) => `select '${table}' as name, md5(string_agg(t::text, '|' order by t::text)) from ${table} t`,
  );
  return database.query(tables.join(" union all "));
}

describe("a reconciliation of 500 cases", { timeout: 110_000 }, () => {
  let world: DriftWorld;
  before(async () => {
    world = await startDriftWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  it("finds exactly the drift, reads every case in scope and writes nothing to Delius", async () => {
    const standing = await readDelius(world);
    const summary = await reconcile(world.settings, all, neverAborted());
    assert.deepEqual(await readReport(world, summary.runId), world.known);
    assert.equal(summary.compared, world.inScope);
    assert.deepEqual(summary.deletes, { extra: 2, stale: 2 });
    assert.deepEqual(await readDelius(world), standing);
  });

  it("that is killed goes on where it stopped and reports the same", async () => {
    let calls = 0;
    const compare: DriftWorld["settings"]["compare"] = (...asked) => {
      calls += 1;
      if (calls === 130) throw new Error("killed");
      return world.settings.compare(...asked);
    };
    await assert.rejects(reconcile({ ...world.settings, compare }, all, neverAborted()), /killed/);
    const [open] = await world.database.query(
      "select reconciliation_run_id as id, compared from mpc_delius.reconciliation_run where finished_at is null",
    );
    assert.equal(Number(open?.["compared"]), 100);
    const summary = await reconcile(world.settings, all, neverAborted());
    assert.equal(summary.runId, Number(open?.["id"]));
    assert.equal(summary.compared, world.inScope);
    assert.deepEqual(await readReport(world, summary.runId), world.known);
  });

  it("that is killed while it reads again reports the same", async () => {
    let isKilled = false;
    const onProgress: DriftWorld["settings"]["onProgress"] = ({ step }) => {
      if (step === "reading again" && !isKilled) {
        isKilled = true;
        throw new Error("killed");
      }
    };
    await assert.rejects(reconcile({ ...world.settings, pageSize: 5, onProgress }, all, neverAborted()), /killed/);
    const summary = await reconcile(world.settings, all, neverAborted());
    assert.deepEqual(await readReport(world, summary.runId), world.known);
  });

  it("does not report what changes while it runs", async () => {
    const { mpc } = world.service;
    const target = world.known.find(([, , name]) => name === "date-different");
    const prisoner = mpc.prisoners().find(({ noms }) => noms === target?.[0]);
    assert.ok(prisoner?.handover != null);
    const { noms, handover } = prisoner;
    const change = (handoverDate: string | null) =>
      mpc.act(noms, { ...handover, kind: "setHandover", handoverDate }, { announce: false });
    let isChanged = false;
    const onProgress: DriftWorld["settings"]["onProgress"] = () => {
      if (!isChanged) void change("2033-01-01");
      isChanged = true;
    };
    const summary = await reconcile({ ...world.settings, pageSize: 1_000, onProgress }, all, neverAborted());
    const expected = world.known.filter((told) => told !== target);
    assert.deepEqual(await readReport(world, summary.runId), expected);
    await change(handover.handoverDate);
  });

  it("of one person compares that person", async () => {
    const [told] = world.known;
    const nomsNumbers = [toNumber(told?.[0])].flat();
    const summary = await reconcile(world.settings, { nomsNumbers }, neverAborted());
    assert.equal(summary.compared, 1);
    assert.deepEqual(
      await readReport(world, summary.runId),
      world.known.filter(([noms]) => noms === told?.[0]).filter(([, , name]) => name !== "same-officer"),
    );
  });

  it("of a sample or a prison compares some, and reports nothing that the whole does not", async () => {
    const told = world.known.map((one) => one.join());
    for (const selection of [{ sample: 30 }, { prison: "LEI" }]) {
      const { compared, runId } = await reconcile(world.settings, selection, neverAborted());
      assert.ok(compared > 5 && compared < world.inScope / 2, `${compared} compared`);
      for (const one of await readReport(world, runId)) assert.ok(told.includes(one.join()), one.join());
    }
  });

  it("tells of a case that Manage POM Cases cannot be asked about, and of an answer that cannot be used", async () => {
    const nomsNumbers = ["A1002AA", "A1001AA"].flatMap(toNumber);
    world.service.mpc.answerWith("A1002AA/primary_pom", { status: 500, body: "{}" });
    world.service.mpc.answerWith("A1001AA/primary_pom", { status: 404, body: JSON.stringify({ message: "Whatever" }) });
    const summary = await reconcile(world.settings, { nomsNumbers }, neverAborted());
    assert.deepEqual(await readReport(world, summary.runId), [
      ["A1001AA", "allocation", "error"],
      ["A1002AA", null, "error"],
    ]);
    world.service.mpc.answerWith("A1002AA/primary_pom", null);
    world.service.mpc.answerWith("A1001AA/primary_pom", null);
  });

  it("is empty after its repair, but for what only a person can mend", async () => {
    const { database } = world.comparison;
    const { runId } = await reconcile(world.settings, all, neverAborted());
    const next: Refresh["next"] = (last, most) =>
      listRepairs(database, { runId, removeStale: false }, { after: last, most });
    const settings = {
      ...world.comparison,
      clock: Date.now,
      pollMs: 20,
      patienceMs: 60_000,
      onProgress: () => undefined,
    };
    const order = {
      startedBy: "test",
      dryRun: false,
      removeStale: false,
      selection: { reconciliationRun: runId },
      next,
    };
    const repaired = await refresh(settings, order, neverAborted());
    const mendable = world.known.filter(([, , name]) => /^(pom|date)-/.test(name));
    assert.equal(repaired.sent, mendable.length);
    const second = await reconcile(world.settings, all, neverAborted());
    assert.deepEqual(
      await readReport(world, second.runId),
      world.known.filter((told) => !mendable.includes(told)),
    );
  });
});

function toNumber(text: string | undefined) {
  return text === undefined ? [] : (readNomsNumber(text) ?? []);
}
