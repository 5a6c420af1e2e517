import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { clearAllDates, countDates, listOpenPoms, startDriftOperator, type DriftOperator } from "./operator-fixture.ts";

const atOnce = ["--settle", "0", "--rate", "1000"];
const mends = /^(pom|date)-/;

function readEvents(stderr: string): readonly Readonly<Record<string, unknown>>[] {
  return stderr.split("\n").flatMap((line) => {
    const entry: unknown = line.startsWith("{") ? JSON.parse(line) : null;
    return typeof entry === "object" && entry !== null ? [{ ...entry }] : [];
  });
}

describe("the commands, with the granted rights alone", { timeout: 300_000 }, () => {
  let operator: DriftOperator;
  before(async () => {
    operator = await startDriftOperator();
  });
  after(() => operator[Symbol.asyncDispose]());

  const run: DriftOperator["run"] = (...words) => operator.run(...words);
  const knownNumbers = (isWanted: RegExp, fact?: string) =>
    operator.known
      .filter((one) => isWanted.test(one.class) && (fact ?? one.fact) === one.fact)
      .map(({ nomsNumber }) => nomsNumber);

  it("say how they are used", async () => {
    const wrong = [
      ["reconcile", "--json", "--csv"],
      ["refresh", "--sample", "3"],
    ];
    const ended = await Promise.all(wrong.map((words) => run(...words)));
    for (const { status, stderr } of ended) assert.deepEqual([status, stderr.startsWith("Usage: ")], [2, true]);
  });

  it("report every difference as CSV, with the table beside it, and as events that name nobody", async () => {
    const { status, stdout, stderr } = await run("reconcile", "--csv", ...atOnce);
    assert.equal(status, 0, stderr);
    assert.equal(stdout.split("\r\n").length, operator.known.length + 2);
    assert.match(stderr, new RegExp(` {2}date-missing +${knownNumbers(/^date-missing$/).length}\n`));
    const [last = {}, ...found] = readEvents(stderr).toReversed();
    assert.equal(found.length, operator.known.length);
    for (const { event, run: number, difference, class: name, outcome } of found) {
      assert.deepEqual([event, number, typeof name, typeof outcome], ["DriftFound", last["run"], "string", "string"]);
      assert.ok(Number.isSafeInteger(difference));
    }
    const { event, cases, calls, seconds, differences } = last;
    assert.equal(event, "ReconciliationFinished");
    assert.ok(Number(calls) >= 2 * Number(cases) && Number(seconds) >= 0, JSON.stringify(last));
    const counts = z.record(z.string(), z.int()).parse(differences);
    const counted = Object.values(counts).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, operator.known.length);
    assert.doesNotMatch(stderr, /[A-Z]\d{4}[A-Z]{2}/);
  });

  it("tell what a repair would do, and do it, but for what is stale", async () => {
    const mended = new Set(knownNumbers(mends)).size;
    const deletes = await countDates(operator, knownNumbers(/^date-extra$/));
    const stale = knownNumbers(/^stale$/, "handover");
    const staleDates = await countDates(operator, stale);
    assert.ok(staleDates > 0 && deletes > 0);
    const { stderr } = await run("reconcile", ...atOnce, "--repair", "--dry-run");
    assert.match(stderr, new RegExp(`would refresh ${mended} cases and delete ${deletes} dates`));
    assert.equal(await countDates(operator, knownNumbers(/^date-extra$/)), deletes);
    const repaired = await run("reconcile", ...atOnce, "--repair");
    assert.match(repaired.stderr, new RegExp(`${mended} cases refreshed`));
    assert.equal(await countDates(operator, knownNumbers(/^date-extra$/)), 0);
    assert.equal(await countDates(operator, stale), staleDates);
  });

  it("remove what is stale where that is asked for: the dates go, and nobody is the named POM", async () => {
    const dated = knownNumbers(/^stale$/, "handover");
    const named = knownNumbers(/^stale$/, "allocation");
    const isUnallocated = (code: string) => code.endsWith("U");
    assert.ok(named.length > 0 && !(await listOpenPoms(operator, named)).some(isUnallocated));
    const { status, stderr } = await run("reconcile", ...atOnce, "--repair", "--remove-stale");
    assert.equal(status, 0, stderr);
    assert.equal(await countDates(operator, dated), 0);
    const poms = await listOpenPoms(operator, named);
    assert.equal(poms.length, named.length);
    assert.ok(poms.every(isUnallocated), poms.join());
  });

  it("refresh cases without writing to Delius unless that is asked for", async () => {
    const target = operator.service.mpc.prisoners().find(({ handover }) => typeof handover?.handoverDate === "string");
    assert.ok(target);
    const change = { kind: "setHandover", handoverDate: "2034-01-01", handoverStartDate: "2033-12-01" } as const;
    await operator.service.mpc.act(target.noms, change, { announce: false });
    const read = () =>
      operator.database.query("select 1 from key_date where key_date = '2034-01-01' and soft_deleted = 0");
    const dry = await run("refresh", "--noms", target.noms);
    assert.match(dry.stderr, /^Dry run \S+: 1 case refreshed\./);
    assert.equal((await read()).length, 0);
    const applied = await run("refresh", "--noms", target.noms, "--apply");
    assert.match(applied.stderr, /^Run \S+: 1 case refreshed\./);
    assert.equal((await read()).length, 1);
  });

  it("delete more than a hundred dates only where that is meant", async () => {
    await clearAllDates(operator);
    const runs = () => operator.database.query("select refresh_run_id from mpc_delius.refresh_run");
    const standing = await runs();
    const everybody = operator.service.mpc.prisoners().map(({ noms }) => noms);
    const dates = await countDates(operator, everybody);
    const refused = await run("refresh", "--all", "--apply", "--rate", "1000");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /more than 100 dates: say --allow-deletes/);
    const repair = await run("reconcile", ...atOnce, "--repair");
    assert.equal(repair.status, 1);
    assert.match(repair.stderr, /would delete \d{3} dates: say --allow-deletes/);
    assert.deepEqual(await runs(), standing);
    const meant = await run("reconcile", ...atOnce, "--repair", "--allow-deletes");
    assert.equal(meant.status, 0, meant.stderr);
    assert.ok((await countDates(operator, everybody)) < dates - 100);
  });
});
