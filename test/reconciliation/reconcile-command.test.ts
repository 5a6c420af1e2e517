import assert from "node:assert/strict";
import { mkdtempDisposable, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
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

  it("say what is wrong with their words, and then how they are used", async () => {
    const wrong: readonly (readonly [fault: string, ...words: readonly string[]])[] = [
      ["--json and --csv exclude each other.", "reconcile", "--json", "--csv"],
      ["--sample is an option of reconcile, not of refresh.", "refresh", "--sample", "3"],
      ["Choose cases: by --all, --noms, --crn or --prison.", "refresh", "--apply"],
      ['--rate must be a whole number from 1 to 1000, and not "fast".', "reconcile", "--rate", "fast"],
      ['"A1001AA" is not expected: name cases by --noms, --crn or --prison.', "refresh", "A1001AA"],
    ];
    const ended = await Promise.all(wrong.map(([, ...words]) => run(...words)));
    assert.deepEqual(
      ended.map(({ status, stderr }) => [status, stderr.split("\n\nUsage: ")[0]]),
      wrong.map(([fault]) => [2, fault]),
    );
  });

  it("account for each case that was named, and end with 1 where one was not read", async () => {
    await operator.database.query("update offender set noms_number = lower(noms_number) where crn = 'X100009'");
    const numbers = ["A1001AA", "Z9999ZZ", "A1012AA", "A1009AA"];
    const unread = [
      "Z9999ZZ: not found: no case in Delius has this NOMS number",
      "A1012AA (X100012): left out: the case is deleted in Delius",
    ];
    const reconciled = await run("reconcile", ...atOnce, "--noms", numbers.join(","));
    assert.equal(reconciled.status, 1, reconciled.stderr);
    assert.match(reconciled.stdout, /: 2 cases compared\./);
    assert.match(reconciled.stdout, /^A1001AA \(X100001\): compared, and (?:equal|differs: .*)$/m);
    assert.match(reconciled.stdout, /^A1009AA \(X100009\): compared, and /m, "the same number in small letters");
    for (const text of unread) assert.ok(reconciled.stdout.split("\n").includes(text), reconciled.stdout);
    const refreshed = await run("refresh", "--noms", numbers.join(","));
    assert.equal(refreshed.status, 1, refreshed.stderr);
    assert.match(refreshed.stderr, /^A1001AA \(X100001\): compared, nothing written: /m);
    for (const text of unread) assert.ok(refreshed.stderr.split("\n").includes(text), refreshed.stderr);
    await operator.database.query("update offender set noms_number = upper(noms_number) where crn = 'X100009'");
  });

  it("take cases by CRN too", async () => {
    const { status, stdout } = await run("reconcile", ...atOnce, "--crn", "x100001,X999999,X100007");
    assert.equal(status, 1);
    assert.match(stdout, /^X100001 \(A1001AA\): compared, and /m);
    assert.match(stdout, /^X999999: not found: no case in Delius has this CRN$/m);
    assert.match(stdout, /^X100007: left out: the case has no NOMS number /m);
    const { stderr } = await run("refresh", "--crn", "X100001");
    assert.match(stderr, /^Dry run \S+: 1 case compared, [^]*\nX100001 \(A1001AA\): compared, nothing written: /);
  });

  it("give no all-clear where nothing was compared", async () => {
    for (const words of [
      ["--noms", "Z9999ZZ"],
      ["--crn", "X999999"],
    ]) {
      const { status, stdout } = await run("reconcile", ...atOnce, ...words);
      assert.equal(status, 1);
      assert.match(stdout, /: 0 cases compared\.\nNothing was compared, [^]*: not found: /);
      assert.doesNotMatch(stdout, /equals/);
      const refreshed = await run("refresh", ...words);
      assert.equal(refreshed.status, 1);
      assert.match(refreshed.stderr, /^No case was chosen[^]*: not found: /m);
    }
    for (const name of ["reconcile", "refresh"]) {
      const { status, stderr } = await run(name, "--prison", "QQQ");
      assert.deepEqual([status, stderr.match(/--prison QQQ is not found/)?.length], [1, 1]);
    }
  });

  it("name a prison at which no case has an open POM", async () => {
    const copy = (table: string, changes: string, condition: string) =>
      operator.database.query(
        `insert into ${table} select (jsonb_populate_record(${table}, '${changes}')).* from ${table} where ${condition}`,
      );
    const institution = '{"institution_id": 909090, "nomis_cde_code": "NEW"}';
    await copy("r_institution", institution, "nomis_cde_code = 'WDI' and establishment = 'Y'");
    const provider = '{"probation_area_id": 909090, "code": "N90", "institution_id": 909090}';
    await copy("probation_area", provider, "code = 'N02' and training_session_id is null");
    for (const [name, stream] of [
      ["reconcile", "stdout"],
      ["refresh", "stderr"],
    ] as const) {
      const ended = await run(name, "--prison", "NEW");
      assert.equal(ended.status, 1);
      assert.match(ended[stream], /^NEW: no case has an open POM at this prison$/m);
    }
  });

  it("give no all-clear where no case could be compared", async () => {
    operator.service.mpc.answerWith("/primary_pom", { status: 200, body: "{}" });
    const { status, stdout, stderr } = await run("reconcile", ...atOnce);
    operator.service.mpc.answerWith("/primary_pom", null);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^(\d+) of \1 cases could not be compared: see the class error\. So this run says nothing/m);
    assert.doesNotMatch(stdout, /equals/);
  });

  it("write the differences to a file that only its owner reads", async () => {
    await using folder = await mkdtempDisposable(path.join(tmpdir(), "drift-"));
    const file = path.join(folder.path, "drift.csv");
    const { stdout, status } = await run("reconcile", ...atOnce, "--csv", "--to", file);
    assert.equal(status, 0);
    assert.match(stdout, /^Reconciliation run \d+: \d+ cases compared\./);
    assert.equal((await readFile(file, "utf8")).split("\r\n").length, operator.known.length + 2);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const refused = await run("reconcile", "--csv", "--to", path.join(folder.path, "none", "drift.csv"));
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^--to .*drift\.csv cannot be written: ENOENT/);
  });

  it("report every difference as CSV, with the table beside it, and as events that name no one", async () => {
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

  it("say what a repair would do, and do it, but for what is stale", async () => {
    const afterRepair = new Set(knownNumbers(mends)).size;
    const deletes = await countDates(operator, knownNumbers(/^date-extra$/));
    const stale = knownNumbers(/^stale$/, "handover");
    const staleDates = await countDates(operator, stale);
    assert.ok(staleDates > 0 && deletes > 0);
    const { stderr } = await run("reconcile", ...atOnce, "--repair", "--dry-run");
    assert.match(stderr, new RegExp(`would refresh ${afterRepair} cases and delete ${deletes} dates`));
    assert.equal(await countDates(operator, knownNumbers(/^date-extra$/)), deletes);
    const repaired = await run("reconcile", ...atOnce, "--repair");
    assert.match(repaired.stderr, new RegExp(`${afterRepair} cases refreshed`));
    assert.equal(await countDates(operator, knownNumbers(/^date-extra$/)), 0);
    assert.equal(await countDates(operator, stale), staleDates);
  });

  it("remove what is stale where that is asked for: the dates go, and no one is the named POM", async () => {
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
    assert.match(dry.stderr, /^Dry run \S+: 1 case compared, nothing was written\./);
    assert.match(dry.stderr, /^ {2}would be KeyDate/m);
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
    assert.match(refused.stderr, /more than 100 dates: add --allow-deletes/);
    const repair = await run("reconcile", ...atOnce, "--repair");
    assert.equal(repair.status, 1);
    assert.match(repair.stderr, /would delete \d{3} dates: add --allow-deletes/);
    assert.deepEqual(await runs(), standing);
    const meant = await run("reconcile", ...atOnce, "--repair", "--allow-deletes");
    assert.equal(meant.status, 0, meant.stderr);
    assert.ok((await countDates(operator, everybody)) < dates - 100);
  });
});
