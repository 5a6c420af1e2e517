import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { listenOn } from "../sandbox/free-port.ts";

const root = path.dirname(import.meta.dirname);

function run(...words: readonly string[]) {
  return runWith({}, ...words);
}

function runWith(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["src/commands/cli.ts", ...words], {
    cwd: root,
    env: { PATH, NODE_COMPILE_CACHE, ...environment },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** A whole configuration of parts that no one asks before the API listens. */
const configured = {
  DATABASE_URL: "postgres://somebody@127.0.0.1:1/delius",
  SQS_QUEUE_URL: "http://127.0.0.1:1/queue",
  MPC_API_URL: "http://127.0.0.1:1",
  AUTH_ISSUER: "http://127.0.0.1:1/issuer",
  AUTH_JWKS_URL: "http://127.0.0.1:1/keys",
  AUTH_TOKEN_URL: "http://127.0.0.1:1/token",
  AUTH_CLIENT_ID: "client",
  AUTH_CLIENT_SECRET: "secret",
  LDAP_URL: "ldap://127.0.0.1:1",
  LDAP_BIND_DN: "cn=service",
  LDAP_PASSWORD: "secret",
  HOST: "127.0.0.1",
};

describe("the command line", () => {
  it("says which commands there are", () => {
    const { status, stderr } = run("dance");
    assert.equal(status, 2);
    assert.match(stderr, /^Unknown command dance\. Commands: serve, migrate, /);
    assert.match(run("--help").stdout, /^Commands: serve, migrate, explain, reconcile, refresh\./);
  });

  for (const name of ["serve", "migrate", "explain", "reconcile", "refresh"]) {
    it(`shows how ${name} is used, with nothing configured`, () => {
      const { status, stdout, stderr } = run(name, "--help");
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, /^Usage: /);
    });

    it(`says of ${name} which word is wrong, before anything else`, () => {
      const { status, stdout, stderr } = run(name, "--dance");
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^Unknown option --dance\.\n\nUsage: /);
    });
  }

  it("refuses to migrate nothing, without a stack", () => {
    const fault = "Set DATABASE_URL: Address of the Delius database on PostgreSQL 15 or newer, with user and password.";
    for (const environment of [{}, { DATABASE_URL: "" }]) {
      const stderr = `npm run migrate cannot run:\n  - ${fault}\n`;
      assert.deepEqual(runWith(environment, "migrate"), { status: 1, stdout: "", stderr });
    }
  });

  it("refuses to serve without settings, and lists all that are missing", () => {
    const { status, stderr } = run("serve");
    assert.equal(status, 1);
    assert.match(stderr, /^The service cannot start:\n( {2}- Set [A-Z_]+: .+\n){5,}$/);
  });

  it("says when something else has the port, or no interface has the address", async () => {
    await using other = createServer();
    const port = await listenOn(other, 0);
    const faults = {
      [`PORT: something else listens on port ${port} already: stop it, or set another.`]: { PORT: String(port) },
      "HOST: this machine has no network interface with the address 192.0.2.1.": { PORT: "0", HOST: "192.0.2.1" },
    };
    for (const [fault, environment] of Object.entries(faults)) {
      const stderr = `The service cannot start:\n  - ${fault}\n`;
      assert.deepEqual(runWith({ ...configured, ...environment }, "serve"), { status: 1, stdout: "", stderr });
    }
  });

  it("logs where the API listens", async () => {
    const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
    const child = spawn(process.execPath, ["src/commands/cli.ts"], {
      cwd: root,
      env: { PATH, NODE_COMPILE_CACHE, ...configured, PORT: "0" },
    });
    const ended = once(child, "exit");
    for await (const line of createInterface(child.stdout)) {
      if (!line.includes("API started")) continue;
      assert.match(line, /"address":"http:\/\/127\.0\.0\.1:\d+"/);
      break;
    }
    child.kill("SIGTERM");
    await ended;
    assert.equal(child.exitCode, 0);
  });
});
