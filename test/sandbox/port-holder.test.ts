import assert from "node:assert/strict";
import { createServer } from "node:net";
import path from "node:path";
import { describe, it } from "node:test";
import { listenOn } from "../../sandbox/free-port.ts";
import { listListeners, readLsof } from "../../sandbox/port-holder.ts";

describe("who has a port", () => {
  it("is found by its number and name", async () => {
    await using server = createServer();
    const port = await listenOn(server, 0);
    const found = (await listListeners()).find((one) => one.port === port);
    assert.equal(found?.address, "127.0.0.1");
    assert.deepEqual(found.holder, { pid: process.pid, name: path.basename(process.execPath) });
  });

  it("is read from what lsof prints where the system has no /proc", () => {
    const printed = "p71\ncnode\nf20\nn127.0.0.1:9091\nf21\nn*:8080\np80\ncpostgres\nf7\nn[::1]:5433\n";
    assert.deepEqual(readLsof(printed), [
      { address: "127.0.0.1", port: 9091, holder: { pid: 71, name: "node" } },
      { address: "0.0.0.0", port: 8080, holder: { pid: 71, name: "node" } },
      { address: "[::1]", port: 5433, holder: { pid: 80, name: "postgres" } },
    ]);
    assert.deepEqual(readLsof(""), []);
  });
});
