import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeStateFolder } from "./sandbox-process.ts";
import { runServiceCommand } from "./service-process.ts";

describe("a command of the service where nothing is configured", () => {
  it("says so when no sandbox runs", async () => {
    await using state = await makeStateFolder();
    const environment = { SANDBOX_DIRECTORY: state.directory };
    const { code, output, errors } = await runServiceCommand(["explain", "A1001AA"], environment);
    assert.deepEqual([code, output], [1, ""]);
    assert.match(errors, /^Nothing is configured, and no sandbox runs here: /);
  });

  it("says so when no sandbox runs and only DATABASE_URL is set", async () => {
    await using state = await makeStateFolder();
    const environment = { SANDBOX_DIRECTORY: state.directory, DATABASE_URL: "postgres://127.0.0.1:9/delius" };
    const { code, output, errors } = await runServiceCommand(["explain", "A1001AA"], environment);
    assert.deepEqual([code, output], [1, ""]);
    assert.match(errors, /^Of the real parts only DATABASE_URL is set, and no sandbox runs here: /);
  });

  it("still says how it is used", async () => {
    await using state = await makeStateFolder();
    const environment = { SANDBOX_DIRECTORY: state.directory };
    const { code, output, errors } = await runServiceCommand(["explain", "--help"], environment);
    assert.deepEqual([code, errors], [0, ""]);
    assert.match(output, /^Usage: npm run explain/);
  });

  it("mixes no real part with stand-ins", async () => {
    const environment = { MPC_API_URL: "https://mpc.example.com" };
    const { code, output, errors } = await runServiceCommand(["explain", "A1001AA"], environment);
    assert.deepEqual([code, output], [1, ""]);
    assert.match(errors, /^Real parts and stand-ins are not mixed/);
  });

  it("is on what is configured otherwise, and in production never on a sandbox", async () => {
    const { code, errors } = await runServiceCommand(["explain", "A1001AA"], { NODE_ENV: "production" });
    assert.equal(code, 1);
    assert.match(errors, /^npm run explain cannot run:\n {2}- Set DATABASE_URL: /);
  });
});
