import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import {
  reportedPageSchema,
  repairAnswerSchema,
  runPageSchema,
} from "../../src/operations/reconciliation/run-schema.ts";
import {
  refreshedPageSchema,
  refreshRunSchema,
  type RefreshedPage,
} from "../../src/operations/refresh/refresh-schema.ts";
import {
  clearAllDates,
  countDates,
  listOffenders,
  startDriftOperator,
  type DriftOperator,
} from "./operator-fixture.ts";

const base = "/operations/reconciliations";
const reason = "These are lost events";
const mends = /^(pom|date)-/;

describe("the reconciliations that are kept", { timeout: 300_000 }, () => {
  let operator: DriftOperator;
  before(async () => {
    operator = await startDriftOperator();
    await reconcileNow();
    await operator.run("reconcile", "--noms", "A1001AA,A1002AA", "--settle", "0");
  });
  after(() => operator[Symbol.asyncDispose]());

  const reconcileNow = async () => {
    const { status, stderr } = await operator.run("reconcile", "--settle", "0", "--rate", "1000");
    assert.equal(status, 0, stderr);
  };
  const ask: DriftOperator["ask"] = (...asked) => operator.ask(...asked);
  const see = async (address: string) => {
    const { status, answer } = await ask(address, { role: "VIEW" });
    assert.equal(status, 200, JSON.stringify(answer));
    return answer;
  };
  const listRuns = async () => runPageSchema.parse(await see(base)).reconciliations;
  const firstRun = async () => {
    const run = (await listRuns()).at(-1);
    assert.ok(run);
    return run;
  };
  const numbersOf = (isWanted: RegExp) => [
    ...new Set(operator.known.filter((one) => isWanted.test(one.class)).map(({ nomsNumber }) => nomsNumber)),
  ];
  /** Waits until every message of a repair is settled. */
  const settle = async (refreshRun: string, numbers: readonly string[]) => {
    for (const id of await listOffenders(operator, numbers)) {
      await operator.service.settled(`refresh-${refreshRun}-${id}`);
    }
  };
  const order = async (id: number, asked: Readonly<Record<string, unknown>>) => {
    const { status, answer } = await ask(`${base}/${id}/repair`, { body: { reason, ...asked } });
    assert.equal(status, 200, JSON.stringify(answer));
    return repairAnswerSchema.parse(answer);
  };

  it("are listed, newest first, with what each found, page by page", async () => {
    const runs = await listRuns();
    assert.deepEqual(
      runs.map(({ selection }) => selection),
      [{ chosen: 2 }, { all: true }],
    );
    const counts = Map.groupBy(operator.known, (one) => one.class);
    const { finishedAt = "", differences } = await firstRun();
    assert.ok(Date.parse(finishedAt) > 0);
    assert.deepEqual(differences, Object.fromEntries([...counts].map(([name, found]) => [name, found.length])));
    const { next, reconciliations } = runPageSchema.parse(await see(`${base}?size=1`));
    assert.deepEqual(reconciliations, runs.slice(0, 1));
    const second = runPageSchema.parse(await see(`${base}?size=1&before=${next}`));
    assert.deepEqual(second, { reconciliations: runs.slice(1) });
  });

  it("are told one by one, and which there is not", async () => {
    const run = await firstRun();
    assert.deepEqual(await see(`${base}/${run.id}`), run);
    for (const other of ["999999", "0", "x", "-1", "99999999999999999999"]) {
      assert.equal((await ask(`${base}/${other}`)).status, 404, other);
      assert.equal((await ask(`${base}/${other}/differences`)).status, 404, other);
      assert.equal((await ask(`${base}/${other}/repair`)).status, 404, other);
    }
  });

  it("report the people behind each class, page by page", async () => {
    const { id } = await firstRun();
    const found: string[] = [];
    for (let next: string | undefined = ""; next !== undefined;) {
      const page = await see(`${base}/${id}/differences?size=7${next === "" ? "" : `&before=${next}`}`);
      const { differences, next: further } = reportedPageSchema.parse(page);
      found.push(...differences.map((one) => [one.nomsNumber, one.fact, one.class].join()));
      next = further;
    }
    const known = operator.known.map((one) => [one.nomsNumber, one.fact, one.class].join());
    assert.deepEqual(found.toSorted(), known.toSorted());
    const stale = reportedPageSchema.parse(await see(`${base}/${id}/differences?class=stale`));
    assert.deepEqual(new Set(stale.differences.map(({ nomsNumber }) => nomsNumber)), new Set(numbersOf(/^stale$/)));
    assert.equal((await ask(`${base}/${id}/differences?class=whatever`)).status, 400);
    assert.equal((await ask(`${base}/${id}/differences?before=WzFd`)).status, 400);
  });

  it("are repaired by operators alone, with a reason, while the intake runs", async () => {
    const { id } = await firstRun();
    assert.equal((await ask(`${base}/${id}/repair`, { role: "VIEW", body: { reason } })).status, 403);
    assert.equal((await ask(`${base}/${id}/repair`, { body: {} })).status, 400);
    await operator.database.query("update mpc_delius.intake_state set running = false");
    assert.equal((await ask(`${base}/${id}/repair`, { body: { reason } })).status, 503);
    await operator.database.query("update mpc_delius.intake_state set running = true");
    assert.equal((await operator.database.query("select from mpc_delius.refresh_run")).length, 0);
  });

  it("are repaired on trial unless more is meant", async () => {
    const { id } = await firstRun();
    const extra = numbersOf(/^date-extra$/);
    const deletes = await countDates(operator, extra);
    const cases = numbersOf(mends).length;
    assert.deepEqual(await see(`${base}/${id}/repair`), { cases, deletes, needsAllowDeletes: false });
    const { refreshRun, ...told } = await order(id, {});
    assert.deepEqual(told, { isNew: true, dryRun: true, removeStale: false, cases, deletes });
    await settle(refreshRun, numbersOf(mends));
    assert.equal(await countDates(operator, extra), deletes);
  });

  it("are repaired once, on the record, by however many orders", async () => {
    const { id } = await firstRun();
    const orders = await Promise.all([1, 2, 3].map(() => order(id, { dryRun: false })));
    const [first] = orders;
    assert.ok(first);
    assert.deepEqual(orders.map(({ isNew }) => isNew).filter(Boolean), [true]);
    assert.deepEqual(
      orders.map((one) => ({ ...one, isNew: true })),
      Array.from(orders, () => ({ ...first, isNew: true })),
    );
    const { refreshRun, cases, deletes } = first;
    await settle(refreshRun, numbersOf(mends));
    assert.equal(await countDates(operator, numbersOf(/^date-extra$/)), 0);
    assert.ok((await countDates(operator, numbersOf(/^stale$/))) > 0);
    const recorded = await operator.database.query(
      "select actor, reason, subject from mpc_delius.operator_action where action = 'repair' and subject ->> 'dryRun' = 'false'",
    );
    const subject = { reconciliationRun: id, refreshRun, dryRun: false, removeStale: false, allowDeletes: false };
    assert.deepEqual(recorded, [{ actor: "A_PERSON", reason, subject: { ...subject, cases, deletes } }]);
    const outcomes = z.looseObject({ outcomes: z.record(z.string(), z.int()) });
    const told = outcomes.parse(await see(`/operations/refresh/${refreshRun}`));
    assert.ok((told.outcomes["KeyDateDeleted"] ?? 0) > 0, JSON.stringify(told));
    assert.equal(told["reconciliationRun"], id);
  });

  it("are repaired with a result for each case, page by page", async () => {
    const [row] = await operator.database.query(
      "select refresh_run_id as id from mpc_delius.refresh_run where not dry_run and not remove_stale",
    );
    const address = `/operations/refresh/${String(row?.["id"])}/cases`;
    const found: RefreshedPage["cases"] = [];
    for (let next: string | undefined = ""; next !== undefined;) {
      const page = refreshedPageSchema.parse(await see(`${address}?size=9${next === "" ? "" : `&before=${next}`}`));
      found.push(...page.cases);
      next = page.next;
    }
    assert.deepEqual(found.map(({ nomsNumber }) => nomsNumber).toSorted(), numbersOf(mends).toSorted());
    assert.deepEqual([...new Set(found.map(({ state }) => state))], ["settled"]);
    assert.ok(found.some(({ outcomes }) => outcomes.includes("KeyDateDeleted")));
    assert.equal((await ask("/operations/refresh/2020-01-01-1/cases")).status, 404);
    assert.equal((await ask(`${address}?before=x`)).status, 400);
  });

  it("have repairs that operators cancel, with a reason, for as long as they are sent", async () => {
    const { id } = await firstRun();
    const refreshRun = "2026-01-01-1";
    await operator.database.query(
      `insert into mpc_delius.refresh_run (refresh_run_id, started_by, dry_run, remove_stale, selection, due_at)
       values ($1, 'ANOTHER', false, false, $2, now() + interval '1 hour')`,
      [refreshRun, JSON.stringify({ reconciliationRun: id, cases: 4 })],
    );
    const address = `/operations/refresh/${refreshRun}/cancel`;
    assert.equal((await ask(address, { role: "VIEW", body: { reason } })).status, 403);
    assert.equal((await ask(address, { body: {} })).status, 400);
    assert.equal((await ask("/operations/refresh/2026-01-01-2/cancel", { body: { reason } })).status, 404);
    const { status, answer } = await ask(address, { body: { reason } });
    assert.equal(status, 200, JSON.stringify(answer));
    const { cancelledAt, progress } = refreshRunSchema.parse(answer);
    assert.ok(cancelledAt);
    assert.deepEqual(progress, { ordered: 4, sent: 0, settled: 0, failed: 0, cancelled: 4 });
    assert.equal((await ask(address, { body: { reason } })).status, 409);
    assert.deepEqual(
      await operator.database.query(
        "select actor, reason, subject from mpc_delius.operator_action where action = 'cancel-refresh'",
      ),
      [{ actor: "A_PERSON", reason, subject: { refreshRun } }],
    );
  });

  it("are repaired of what is stale where that is asked for", async () => {
    const { id } = await firstRun();
    const stale = numbersOf(/^stale$/);
    const { refreshRun } = await order(id, { dryRun: false, removeStale: true });
    await settle(refreshRun, [...numbersOf(mends), ...stale]);
    const dated = operator.known.filter((one) => one.class === "stale" && one.fact === "handover");
    assert.equal(
      await countDates(
        operator,
        dated.map(({ nomsNumber }) => nomsNumber),
      ),
      0,
    );
  });

  it("delete more than a hundred dates only where that is allowed", async () => {
    await clearAllDates(operator);
    await reconcileNow();
    const [{ id } = { id: 0 }] = await listRuns();
    const preview = z.object({ cases: z.int(), deletes: z.int().min(101), needsAllowDeletes: z.literal(true) });
    preview.parse(await see(`${base}/${id}/repair?removeStale=true`));
    const standing = await operator.database.query("select refresh_run_id from mpc_delius.refresh_run");
    const { status, answer } = await ask(`${base}/${id}/repair`, { body: { reason, dryRun: false } });
    assert.equal(status, 400);
    assert.match(JSON.stringify(answer), /would delete \d{3} dates: set allowDeletes/);
    assert.deepEqual(await operator.database.query("select refresh_run_id from mpc_delius.refresh_run"), standing);
    const found = reportedPageSchema.parse(await see(`${base}/${id}/differences?class=date-extra&size=200`));
    const numbers = found.differences.map(({ nomsNumber }) => nomsNumber);
    const { refreshRun } = await order(id, { dryRun: false, allowDeletes: true });
    await settle(refreshRun, numbers);
    assert.equal(await countDates(operator, numbers), 0);
  });
});
