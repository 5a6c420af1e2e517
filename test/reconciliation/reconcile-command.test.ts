import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { startDriftWorld, type DriftWorld } from "./drift-fixture.ts";

const root = path.dirname(path.dirname(import.meta.dirname));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("the commands", { timeout: 110_000 }, () => {
  let world: DriftWorld;
  before(async () => {
    world = await startDriftWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  const run = (...words: readonly string[]) =>
    new Promise<Ended>((resolve) => {
      const { PATH = "" } = process.env;
      const env = { PATH, ...world.service.environment, DATABASE_URL: world.database.url };
      execFile(process.execPath, ["src/cli.ts", ...words], { cwd: root, env }, (error, stdout, stderr) => {
        resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });

  it("say how they are used", async () => {
    const wrong = [
      ["reconcile", "--apply"],
      ["reconcile", "--json", "--csv"],
      ["refresh"],
      ["refresh", "--sample", "3"],
    ];
    const ended = await Promise.all(wrong.map((words) => run(...words)));
    for (const { status, stderr } of ended) assert.deepEqual([status, stderr.startsWith("Usage: ")], [2, true]);
  });

  it("report every difference as CSV, with the table beside it", async () => {
    const { status, stdout, stderr } = await run("reconcile", "--csv", "--settle", "0", "--rate", "1000");
    assert.equal(status, 0, stderr);
    assert.equal(stdout.split("\r\n").length, world.known.length + 2);
    assert.match(stderr, / {2}date-missing +1\n/);
  });

  it("tell what a repair would do, and do it", async () => {
    const mendable = world.known.filter(([, , name]) => /^(pom|date)-/.test(name)).length;
    const words = ["reconcile", "--settle", "0", "--rate", "1000", "--repair"];
    const { stderr } = await run(...words, "--dry-run");
    assert.match(stderr, new RegExp(`would refresh ${mendable} cases and delete 2 dates`));
    const repaired = await run(...words);
    assert.match(repaired.stderr, new RegExp(`${mendable} cases refreshed`));
    const { stdout } = await run("reconcile", "--settle", "0", "--rate", "1000");
    assert.match(stdout, / {2}date-missing +0\n/);
  });

  it("refresh cases without writing to Delius unless that is asked for", async () => {
    const target = world.service.mpc.prisoners().find(({ handover }) => typeof handover?.handoverDate === "string");
    assert.ok(target);
    const change = { kind: "setHandover", handoverDate: "2034-01-01", handoverStartDate: "2033-12-01" } as const;
    await world.service.mpc.act(target.noms, change, { announce: false });
    const read = () =>
      world.database.query("select 1 from key_date where key_date = '2034-01-01' and soft_deleted = 0");
    const dry = await run("refresh", "--noms", target.noms);
    assert.match(dry.stderr, /^Dry run \S+: 1 case refreshed\./);
    assert.equal((await read()).length, 0);
    const applied = await run("refresh", "--noms", target.noms, "--apply");
    assert.match(applied.stderr, /^Run \S+: 1 case refreshed\./);
    assert.equal((await read()).length, 1);
  });

  it("refuse to delete more than a hundred dates unless that is meant", async () => {
    const { mpc } = world.service;
    const cleared = { kind: "setHandover", handoverDate: null, handoverStartDate: null } as const;
    await Promise.all(mpc.prisoners().map(({ noms }) => mpc.act(noms, cleared, { announce: false })));
    const runs = () => world.database.query("select refresh_run_id from mpc_delius.refresh_run");
    const standing = await runs();
    const refused = await run("refresh", "--all", "--apply", "--rate", "1000");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /more than 100 dates: say --allow-deletes/);
    const repair = await run("reconcile", "--settle", "0", "--rate", "1000", "--repair");
    assert.equal(repair.status, 1);
    assert.match(repair.stderr, /would delete \d{3} dates: say --allow-deletes/);
    assert.deepEqual(await runs(), standing);
  });
});
