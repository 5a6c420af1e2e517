import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { figures } from "../support/figures.ts";
import { listProcessesOf, makePlace, mountPlace, startCommand, startTests } from "./place.ts";

/** A test that starts a sandbox, so a second database server. */
const file = "test/sandbox/stopping.test.ts";
const pollMs = 50;

describe("npm test", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());

  /** Waits until the run has started so many database servers. */
  const untilServers = async (folder: string, count: number, signal: AbortSignal) => {
    while (globSync("**/postmaster.pid", { cwd: folder }).length < count) {
      await wait(pollMs, undefined, { signal });
    }
  };

  const moments = { 1: "while its database starts", 2: "in the middle of a test that has started a sandbox" };
  for (const servers of figures.isWhole ? ([1, 2] as const) : ([2] as const)) {
    it(`leaves no process and no file when it is stopped ${moments[servers]}`, async () => {
      const { directory } = all.use(await makePlace());
      const { child, ended, printed } = startTests(file, { environment: { TMPDIR: directory } });
      const over = new AbortController();
      void ended.then(() => over.abort(new Error(`It ended before: ${printed()}`)));
      await untilServers(directory, servers, over.signal);
      child.kill("SIGINT");
      assert.equal(await ended, 130, printed());
      assert.deepEqual(await listProcessesOf(directory), []);
      assert.deepEqual(await readdir(directory), []);
    });
  }

  for (const stray of ["setTimeout(() => { throw new Error('stray'); })", "Promise.reject(new Error('stray'))"]) {
    it(`fails by an error that no test waits for, and says where it was made: ${stray}`, async () => {
      const { directory } = all.use(await makePlace());
      const lonely = path.join(directory, "lonely.test.mjs");
      const body = `async () => { await null; ${stray}; await new Promise((done) => setTimeout(done, 50)); }`;
      await writeFile(lonely, `import { it } from "node:test";\nit("goes on", ${body});\n`);
      const preload = path.join(import.meta.dirname, "../support/stray-errors.ts");
      const { ended, printed } = startCommand(process.execPath, ["--import", preload, lonely], { checkout: directory });
      assert.equal(await ended, 1);
      assert.match(printed(), /No test waits for this: Error: stray\n +at .*lonely\.test\.mjs:2/);
    });
  }

  it("says where TMPDIR is to lie when it cannot be written", async () => {
    const { directory } = all.use(await makePlace());
    // Below a file no one can make a folder, root included.
    const closed = path.join(directory, "a-file");
    await writeFile(closed, "");
    const { ended, printed } = startTests(file, { environment: { TMPDIR: closed } });
    assert.equal(await ended, 1);
    const next = "and the tests keep their files there: set TMPDIR to a folder where that is allowed.";
    assert.equal(printed(), `${closed} cannot be written, ${next}\n`);
  });

  if (process.getuid?.() === 0) {
    it("says to root that PostgreSQL's user cannot enter TMPDIR", async () => {
      const { directory } = all.use(await makePlace());
      const closed = path.join(directory, "closed");
      await mkdir(closed, { mode: 0o700 });
      const { ended, printed } = startTests(file, { environment: { TMPDIR: closed } });
      assert.equal(await ended, 1);
      assert.match(
        printed(),
        /^For root, PostgreSQL runs as the user nobody, who may enter neither .+ nor .+: set TMPDIR/,
      );
      assert.deepEqual(await readdir(closed), []);
    });
  }

  if (!figures.isWhole) return;

  it("says so when no program may be run from TMPDIR", async () => {
    const { directory } = all.use(await mountPlace("noexec,mode=1777"));
    const { ended, printed } = startTests(file, { environment: { TMPDIR: directory } });
    assert.equal(await ended, 1);
    assert.match(printed(), /^Programs may not be run from .+, and the tests do so: set TMPDIR to a folder where/);
    assert.deepEqual(await readdir(directory), []);
  });
});
