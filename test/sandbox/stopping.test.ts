import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { isRunning, makeStateFolder, startProcess, waitForEntry } from "./sandbox-process.ts";

/** What is there as soon as a part of the start is done. */
const moments = {
  "just after it began": "lock",
  "while the queue starts": "queue",
};

describe("npm start, asked to stop", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());

  for (const [moment, entry] of Object.entries(moments)) {
    it(`${moment}, twice, stops in order and leaves no process`, async () => {
      const state = all.use(await makeStateFolder());
      const started = all.use(startProcess({ directory: state.directory }));
      await waitForEntry(state.directory, entry, started);
      const server = await state.serverPid();
      started.kill("SIGINT");
      const { code, errors, output } = await started.stop("SIGINT");
      assert.deepEqual([code, errors], [0, ""]);
      assert.match(output, /Stopping …\nStopped\.\n$/);
      assert.ok(server === null || !(await isRunning(server)));
      assert.equal(await state.serverPid(), null);
    });
  }

  it("before the scenario is over, begins anew the next time", async () => {
    const state = all.use(await makeStateFolder());
    const first = all.use(startProcess({ directory: state.directory }));
    await waitForEntry(state.directory, "ports.json", first);
    await first.stop();
    const second = all.use(startProcess({ directory: state.directory }));
    const printed = await second.ready();
    assert.match(printed, /^What happened in the scenario of [\d/]+ [\d:]+\n/);
    assert.match(printed, /^10 .*poison/m);
    await second.stop();
  });

  it("by a reader that has gone, stops too", async () => {
    const state = all.use(await makeStateFolder());
    const started = all.use(startProcess({ directory: state.directory }));
    await waitForEntry(state.directory, "queue", started);
    started.closeOutput();
    const { code } = await started.ended;
    assert.equal(code, 0);
    assert.equal(await state.serverPid(), null);
  });
});
