import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { answerAllocation, type Prisoner } from "../../sandbox/mpc/prisoner.ts";
import { driftClasses } from "../../src/operations/reconciliation/drift.ts";
import { figures, reportFigures } from "../support/figures.ts";
import { sortDifferences, startDriftWorld, type DriftWorld, type FoundDifference } from "./drift-fixture.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const size = figures.isWhole ? { cases: 10_000, drift: 1 } : { cases: 500, drift: 10 };
const timeout = figures.isWhole ? 1_800_000 : 110_000;
const lineSchema = z.object({ nomsNumber: z.string(), fact: z.string().nullable(), class: z.string() });

/** How a process ended, and the drift that it told of. */
interface Ended {
  readonly how: number | NodeJS.Signals | null;
  readonly told: readonly FoundDifference[];
  readonly stderr: string;
}

describe(`a reconciliation of ${size.cases} cases in a process of its own`, { timeout }, () => {
  let world: DriftWorld;
  let prisoners: readonly Prisoner[];
  before(async () => {
    world = await startDriftWorld(size);
    // In the order in which they are read.
    prisoners = world.service.mpc.prisoners().filter(({ noms }) => noms.startsWith("G"));
  });
  after(() => world[Symbol.asyncDispose]());

  const launch = (...words: readonly string[]) => {
    const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, ...world.service.environment, DATABASE_URL: world.database.url };
    const all = ["src/commands/cli.ts", "reconcile", "--json", "--settle", "0", "--rate", "1000", ...words];
    const child = spawn(process.execPath, all, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const output = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    const ended = output.then(([stdout, stderr]): Ended => {
      const lines = stdout.split("\n").filter((line) => line !== "");
      const told = lines.map((line) => lineSchema.parse(JSON.parse(line)));
      const sorted = sortDifferences(told.map(({ nomsNumber, fact, class: name }) => [nomsNumber, fact, name]));
      return { how: child.exitCode ?? child.signalCode, told: sorted, stderr };
    });
    return { ended, kill: () => child.kill("SIGKILL") };
  };
  const expectDrift = ({ how, told, stderr }: Ended, known: readonly FoundDifference[]) => {
    assert.equal(how, 0, stderr);
    assert.deepEqual(told, known);
  };
  const isToDrift = ({ noms }: Prisoner) => world.known.some((told) => told[0] === noms);
  const allocationOf = (noms: string) => `/${noms}/primary_pom`;
  const readRuns = async () => {
    const query = `select reconciliation_run_id::integer as id, compared::integer, finished_at is not null as "isFinished"
      from mpc_delius.reconciliation_run order by 1 desc`;
    return z
      .array(z.object({ id: z.int(), compared: z.int(), isFinished: z.boolean() }))
      .parse(await world.database.query(query));
  };
  /** Kills the next reconciliation while it waits for what Manage POM Cases says of this person. */
  const killAt = async (noms: string, reading: 1 | 2 = 1) => {
    const { mpc } = world.service;
    const { ended, kill } = launch();
    if (reading === 2) await mpc.nextRequest(allocationOf(noms));
    mpc.answerWith(allocationOf(noms), "silence");
    await mpc.nextRequest(allocationOf(noms));
    kill();
    assert.equal((await ended).how, "SIGKILL");
    mpc.answerWith(allocationOf(noms), null);
    const [run] = await readRuns();
    assert.ok(run);
    return run;
  };

  it("finds exactly the drift that was put there, of every class", async () => {
    assert.deepEqual(new Set(world.known.map(([, , name]) => name)), new Set(driftClasses));
    const began = performance.now();
    expectDrift(await launch().ended, world.known);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    reportFigures({ "cases read": world.inScope, "differences found": world.known.length, seconds });
  });

  it("that is killed while it compares goes on where it stopped and reports the same", async () => {
    const standing = await readRuns();
    const compared: number[] = [];
    for (const share of [0.3, 0.6, 0.97]) {
      const run = await killAt(prisoners[Math.floor(prisoners.length * share)]?.noms ?? "");
      compared.push(run.compared);
      assert.equal(run.isFinished, false);
    }
    expectDrift(await launch().ended, world.known);
    const [run, ...others] = await readRuns();
    assert.deepEqual(others, standing);
    assert.deepEqual([run?.compared, run?.isFinished], [world.inScope, true]);
    assert.deepEqual(
      compared,
      compared.toSorted((one, other) => one - other),
    );
    assert.ok((compared.at(-1) ?? 0) >= 200, compared.join());
  });

  it("that is killed while it reads again reports the same", async () => {
    const [noms = ""] = world.known.findLast(([, , name]) => name.startsWith("pom-")) ?? [];
    const run = await killAt(noms, 2);
    assert.deepEqual([run.compared, run.isFinished], [world.inScope, false]);
    expectDrift(await launch().ended, world.known);
    const [finished] = await readRuns();
    assert.deepEqual(finished, { ...run, isFinished: true });
  });

  it("does not report what changes while it runs", async () => {
    const { mpc } = world.service;
    const [read, lost] = prisoners
      .slice(0, 100)
      .filter(isDated)
      .filter((one) => !isToDrift(one));
    const unread = prisoners.findLast((one) => isDated(one) && !isToDrift(one));
    const repaired = prisoners.find(({ noms }) => isReported(world.known, noms, "date-different"));
    // When it is asked about, those well before it have been read, and the next page has not.
    const held =
      prisoners[
        Math.max(
          100,
          prisoners.findIndex((one) => one === repaired),
        ) + 50
      ];
    assert.ok(read && lost && unread && repaired && held);
    const answered = Promise.withResolvers<undefined>();
    const { status, body } = answerAllocation(held);
    mpc.answerWith(allocationOf(held.noms), [{ status, body: JSON.stringify(body), after: answered.promise }]);
    const { ended } = launch();
    await mpc.nextRequest(allocationOf(held.noms));
    // A change that everybody hears of, of a case that was read and of one that was not; one that no one hears of; and one
    // that takes a difference away.
    for (const { noms } of [read, unread]) {
      const [event] = await mpc.act(noms, moved);
      assert.deepEqual(await world.service.settled(event?.messageId ?? ""), ["KeyDateUpdated"]);
    }
    await mpc.act(lost.noms, moved, { announce: false });
    await mpc.act(repaired.noms, { kind: "setHandover", ...(await readDates(repaired.noms)) }, { announce: false });
    answered.resolve(undefined);
    expectDrift(
      await ended,
      world.known.filter(([noms]) => noms !== repaired.noms),
    );
    await mpc.act(repaired.noms, moved, { announce: false });
    await mpc.act(lost.noms, { kind: "setHandover", ...(await readDates(lost.noms)) }, { announce: false });
  });

  it("is empty after its repair, but for what only a person can repair", async () => {
    const { ended } = launch("--repair");
    const { stderr, ...first } = await ended;
    expectDrift({ stderr, ...first }, world.known);
    assert.match(stderr, new RegExp(`${world.mendable.length} cases refreshed`));
    const left = world.known.filter((told) => !world.mendable.includes(told));
    expectDrift(await launch("--repair", "--remove-stale").ended, left);
    expectDrift(
      await launch().ended,
      left.filter(([, , name]) => name !== "stale"),
    );
  });

  /** Both dates, as Delius has them. */
  const readDates = async (noms: string) => {
    const [row] = await world.database.query(
      `select max(key_date::text) filter (where code_value = 'POM2') as "handoverDate",
         max(key_date::text) filter (where code_value = 'POM1') as "handoverStartDate"
       from offender join event using (offender_id) join disposal using (event_id) join custody using (disposal_id)
       join key_date using (custody_id) join r_standard_reference_list on standard_reference_list_id = key_date_type_id
       where noms_number = $1 and key_date.soft_deleted = 0 and key_date.training_session_id is null`,
      [noms],
    );
    const date = z.string().nullable();
    return z.object({ handoverDate: date, handoverStartDate: date }).parse(row);
  };
});

const moved = { kind: "setHandover", handoverDate: "2041-03-01", handoverStartDate: "2041-01-05" } as const;

function isDated({ handover }: Prisoner): boolean {
  return handover?.handoverDate != null;
}

function isReported(known: readonly FoundDifference[], noms: string, name: string): boolean {
  return known.some((told) => told[0] === noms && told[2] === name);
}
