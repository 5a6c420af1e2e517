import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { listenOn } from "../../sandbox/free-port.ts";
import { startPeers } from "../../sandbox/peers.ts";
import { describeVariables } from "../../src/app/environment.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { copyCheckout, type Checkout } from "./checkout.ts";
import { runProcess, startProcess } from "./sandbox-process.ts";

// All that production needs of the sandbox: anything else that were loaded would be missing here.
const bare = ["sandbox/start.ts", "sandbox/start-choice.ts", "sandbox/stop-signal.ts"];

describe("npm start without a stand-in in reach", () => {
  const all = new AsyncDisposableStack();
  let checkout: Checkout;
  const run = (options: readonly string[], environment: Readonly<Record<string, string>>) =>
    runProcess({ directory: null, checkout: checkout.directory, arguments: options, environment });
  before(async () => {
    checkout = all.use(await copyCheckout(bare));
  });
  after(() => all.disposeAsync());

  it("in production lists all that is missing at once", async () => {
    const { code, output, errors } = await run([], { NODE_ENV: "production" });
    const missing = [...errors.matchAll(/^ {2}- Set (\w+): /gm)].map(([, name]) => name);
    const required = describeVariables().flatMap(({ name, unset }) => (unset === "required" ? [name] : []));
    assert.deepEqual([code, output], [1, ""]);
    assert.deepEqual(missing, required);
  });

  it("with all real parts is the service alone, and names a port that is taken", async () => {
    const database = all.use(await createTestDatabase());
    const peers = all.use(await startPeers());
    const environment = { ...peers.environment, DATABASE_URL: database.url, PORT: "0" };
    const started = all.use(startProcess({ directory: null, checkout: checkout.directory, environment }));
    await started.told('"msg":"consumer started"');
    const [event] = await peers.mpc.act("A1004AA", {
      kind: "setHandover",
      handoverDate: "2027-01-02",
      handoverStartDate: null,
    });
    const told = await started.told('"msg":"message settled"');
    assert.match(told, new RegExp(`"inboxKey":"${event?.messageId}".*"outcomes":\\["KeyDateCreated"\\]`));
    const { code, errors } = await started.stop("SIGTERM");
    assert.deepEqual([code, errors], [0, ""]);
    assert.deepEqual((await run(["--fresh"], environment)).code, 2);
    const port = await listenOn(all.use(createServer()), 0);
    const taken = await run([], { ...environment, HOST: "127.0.0.1", PORT: String(port) });
    const sentence = `PORT: something else listens on port ${port} already: stop it, or set another.`;
    assert.deepEqual([taken.code, taken.errors.includes(sentence)], [1, true], taken.errors);
    assert.doesNotMatch(taken.errors, / {4}at |undefined/);
  });

  it("refuses a mix", async () => {
    const { code, output, errors } = await run([], { MPC_API_URL: "https://mpc.example" });
    assert.deepEqual([code, output], [1, ""]);
    assert.match(errors, /not mixed[^]*These are set: MPC_API_URL\.[^]*- SQS_QUEUE_URL: /);
  });

  it("answers an unknown option with how to call it", async () => {
    for (const option of ["--frehs", "anew"]) {
      const { code, output, errors } = await run([option], {});
      assert.deepEqual([code, output], [2, ""]);
      assert.match(errors, /Usage: npm start \[-- --fresh \| --story\]/);
    }
    assert.equal((await run(["--help"], {})).code, 0);
  });

  it("leaves no state", async () => {
    assert.ok(!(await readdir(checkout.directory)).includes(".sandbox"));
  });
});
