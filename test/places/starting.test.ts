import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { listOrphans, locateData } from "../../sandbox/postgres-data.ts";
import {
  isListening,
  isRunning,
  makeStateFolder,
  portsIn,
  runProcess,
  startProcess,
  waitForEntry,
  type StartSettings,
} from "../sandbox/sandbox-process.ts";
import { figures, reportFigures } from "../support/figures.ts";
import { copyProject, forgetSandbox, holdPostgres, listProcessesOf, makePlace, mountPlace, ordinary } from "./place.ts";

describe("npm start", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());

  /** Starts it, waits until everything runs, and stops it. Answers what it printed. */
  const runOnce = async (settings: StartSettings) => {
    await using started = startProcess(settings);
    const printed = await started.ready();
    const { code, errors } = await started.stop();
    assert.deepEqual([code, errors], [0, ""]);
    return printed;
  };

  let orphan: string | null = null;

  it("works below a closed home with odd characters, and says where its state lies, which goes with it", async () => {
    // Made so that only its owner may enter it.
    const home = await mkdtemp(path.join(tmpdir(), "home "));
    all.defer(() => rm(home, { recursive: true, force: true }));
    const checkout = await copyProject(path.join(home, "o'brien müller", "clone"), { isInstalled: true });
    all.defer(() => forgetSandbox(checkout));
    const printed = await runOnce({ directory: null, checkout });
    const data = await locateData(path.join(checkout, ".sandbox", "postgres"));
    assert.ok(existsSync(data));
    const isElsewhere = !data.startsWith(checkout);
    const place = isElsewhere ? `.sandbox, its database in ${path.dirname(data)} (` : ".sandbox (";
    assert.ok(printed.includes(`the state is kept in ${place}`), printed.slice(-300));
    await rm(checkout, { recursive: true });
    assert.deepEqual((await listOrphans()).includes(data), isElsewhere);
    if (isElsewhere) orphan = data;
  });

  it("works twice at once, started from two clones in the same moment, and removes data whose checkout is gone", async () => {
    const { directory } = all.use(await makePlace());
    const clones = ["one", "two"].map((name) => path.join(directory, name));
    await mkdir(directory, { recursive: true });
    for (const clone of clones) {
      await copyProject(clone, { isInstalled: true });
      all.defer(() => forgetSandbox(clone));
    }
    const both = clones.map((checkout) => all.use(startProcess({ directory: null, checkout })));
    const printed = await Promise.all(both.map((started) => started.ready()));
    assert.equal(new Set(printed.flatMap(portsIn)).size, 12);
    await Promise.all(both.map((started) => started.stop()));
    assert.ok(orphan === null || !existsSync(orphan), `${orphan} is still there`);
  });

  if (process.getuid?.() === 0) {
    it("says to root below a closed home that TMPDIR is not a folder", async () => {
      const { directory } = all.use(await makePlace());
      const checkout = await copyProject(path.join(directory, "clone"), { isInstalled: true });
      await chmod(directory, 0o700);
      const temporary = path.join(all.use(await makePlace()).directory, "a-file");
      await writeFile(temporary, "", { mode: 0o755 });
      const { code, errors } = await runProcess({ directory: null, checkout, environment: { TMPDIR: temporary } });
      const next = "set TMPDIR to a folder that every user may enter.";
      assert.deepEqual(
        [code, errors],
        [1, `${temporary} is not a folder, and PostgreSQL's files lie there: ${next}\n`],
      );
    });
  }

  // An ordinary user needs a way in to the checkout, which a closed home above it is not.
  if (!figures.isWhole) return;

  it("works with a home that cannot be written and without a registry, a second time too", async () => {
    const state = all.use(await makeStateFolder(ordinary));
    const environment = { HOME: "/proc/self", npm_config_registry: "http://127.0.0.1:9/" };
    const settings = { directory: state.directory, user: ordinary, environment };
    await runOnce(settings);
    const again = await runOnce(settings);
    assert.match(again, /^ +npm start -- --story +what the scenario did, as a table$/m);
    assert.doesNotMatch(again, /What happened in the scenario/);
  });

  if (process.getuid?.() === 0) {
    it("says to a user who cannot write to the checkout that TMPDIR does not take PostgreSQL's programs", async () => {
      const { directory } = all.use(await makePlace());
      const checkout = await copyProject(path.join(directory, "clone"), { isInstalled: true });
      await holdPostgres(checkout);
      const state = all.use(await makeStateFolder(ordinary));
      const settings = { directory: state.directory, checkout, user: ordinary, environment: { TMPDIR: directory } };
      const { code, errors } = await runProcess(settings);
      assert.equal(code, 1);
      assert.ok(errors.startsWith(`${directory} does not take PostgreSQL's programs (EACCES`), errors);
      assert.match(errors, /\): set TMPDIR to another folder\.\n$/);
    });
  }

  it("works for an ordinary user where no program may be run from the temporary folder, and copies none", async () => {
    const { directory: temporary } = all.use(await mountPlace("noexec,mode=1777"));
    const state = all.use(await makeStateFolder(ordinary));
    await runOnce({ directory: state.directory, user: ordinary, environment: { TMPDIR: temporary } });
    const copied = globSync("**/bin/postgres", { cwd: temporary });
    assert.deepEqual(copied, []);
  });
});

/** What is there as soon as a part of the start is done. */
const moments = ["lock", "running.json", "queue", "prisoners.json", "service.log", "ports.json"] as const;

/** Stops it by Ctrl-C alone. Answers how many milliseconds it took to end. */
async function stopAt(moment: string): Promise<number> {
  await using place = await makePlace();
  const { directory } = place;
  const [state, temporary] = [path.join(directory, "state"), path.join(directory, "temporary")];
  await Promise.all([state, temporary].map((folder) => mkdir(folder)));
  await using started = startProcess({ directory: state, environment: { TMPDIR: temporary } });
  await waitForEntry(state, moment, started);
  const asked = performance.now();
  const { code, errors, output } = await started.stop("SIGINT");
  const milliseconds = Math.round(performance.now() - asked);
  assert.deepEqual([code, errors], [0, ""]);
  assert.deepEqual(await listProcessesOf(directory), []);
  for (const port of portsIn(output)) assert.ok(!(await isListening(port)), `something listens on port ${port}`);
  // A checkout that PostgreSQL's user may not enter keeps one copy of PostgreSQL, which later starts use again.
  const left = await readdir(temporary);
  assert.deepEqual(
    left.filter((name) => !name.startsWith("embedded-postgres-")),
    [],
  );
  return milliseconds;
}

/** Stops it by Ctrl-C after its PostgreSQL was killed. Answers how many milliseconds it took to end. */
async function stopWithoutServer(moment: string): Promise<number> {
  await using state = await makeStateFolder();
  await using started = startProcess({ directory: state.directory });
  await waitForEntry(state.directory, moment, started);
  const server = await state.serverPid();
  if (server !== null) process.kill(server, "SIGKILL");
  const asked = performance.now();
  const { errors } = await started.stop("SIGINT");
  const milliseconds = Math.round(performance.now() - asked);
  assert.doesNotMatch(errors, /undefined|\n +at /);
  assert.ok(server === null || !(await isRunning(server)));
  return milliseconds;
}

const longestMs = 2_000;

/** Up to three tries until one is quick enough: a machine that is busy with other tests may hold up one of them. */
async function timeStops(stop: () => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  while (times.length < 3 && !(Math.min(...times) < longestMs)) times.push(await stop());
  return times;
}

describe("npm start, while it starts,", () => {
  for (const moment of figures.isWhole ? moments : (["queue"] as const)) {
    it(`ends within two seconds at Ctrl-C though PostgreSQL was killed (${moment})`, async () => {
      const times = await timeStops(() => stopWithoutServer(moment));
      assert.ok(Math.min(...times) < longestMs, `it took ${times.join(", ")} ms`);
    });
  }

  // The first moments are those of test/sandbox/stopping.test.ts.
  for (const moment of figures.isWhole ? moments : (["prisoners.json", "ports.json"] as const)) {
    it(`ends within two seconds at Ctrl-C alone, and leaves no process, port or temporary file (${moment})`, async () => {
      const times = await timeStops(() => stopAt(moment));
      reportFigures({ [`milliseconds from Ctrl-C to the end (${moment})`]: Math.min(...times) });
      assert.ok(Math.min(...times) < longestMs, `it took ${times.join(", ")} ms`);
    });
  }
});
