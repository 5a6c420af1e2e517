import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readNomsNumber } from "../../src/delius/person/person.ts";
import { reconcile } from "../../src/operations/reconciliation/reconciliation-job.ts";
import { listSample } from "../../src/operations/reconciliation/selection-store.ts";
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
    assert.deepEqual(summary.deletes, world.deletes);
    assert.deepEqual(await readDelius(world), standing);
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

  it("of a sample draws it from all cases", async () => {
    const drawn = await listSample(world.comparison.database, 60);
    assert.equal(new Set(drawn).size, 60);
    const [row] = await world.database.query("select max(offender_id)::integer as last from offender");
    assert.ok(Math.max(...drawn) > Number(row?.["last"]) - 125, `${Math.max(...drawn)} of ${String(row?.["last"])}`);
  });

  it("describes a case that Manage POM Cases cannot be asked about, and an answer that cannot be used", async () => {
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
});

function toNumber(text: string | undefined) {
  return text === undefined ? [] : (readNomsNumber(text) ?? []);
}
