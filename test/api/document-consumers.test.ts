import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { startHmppsAuth, type HmppsAuth } from "../../sandbox/auth-server.ts";
import { consumer } from "../../sandbox/credentials.ts";
import { webLimits } from "../../src/platform/web/web-limits.ts";
import { describeVariables } from "../../src/app/environment.ts";
import { startApi, type TestApi } from "../support/test-api.ts";

const page = await readFile(path.join(import.meta.dirname, "../../docs/consumers.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
  language,
  text,
}));

const standIn = path.join(import.meta.dirname, "../support/curl.ts");

describe("the page for consumers", () => {
  let auth: HmppsAuth;
  let api: TestApi;
  before(async () => {
    auth = await startHmppsAuth({ clients: [consumer] });
    api = await startApi({ environment: { AUTH_ISSUER: auth.issuer, AUTH_JWKS_URL: auth.jwksUrl } });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await auth[Symbol.asyncDispose]();
  });

  const run = async (script: string) => {
    const here = script
      .replace("API=http://127.0.0.1:8080", `API=${api.address}`)
      .replace("AUTH=http://127.0.0.1:9090", `AUTH=${new URL(auth.tokenUrl).origin}`);
    // Paths reach the shell as variables: whatever characters they hold, nothing is to be quoted.
    const env = { PATH: process.env["PATH"], NODE: process.execPath, STAND_IN: standIn };
    const curl = 'curl() { "$NODE" "$STAND_IN" "$@"; }';
    const { stdout, stderr } = await promisify(execFile)("sh", ["-ec", `${curl}\n${here}`], { env });
    assert.equal(stderr, "");
    return stdout;
  };

  const [addresses, ask, ...others] = blocks;
  const token = `${addresses?.text}${ask?.text}`;

  test("names the sandbox's addresses once, at its top", () => {
    assert.equal(page.match(/127\.0\.0\.1/g)?.length, 2);
    assert.match(token, /^API=http:\/\/127\.0\.0\.1:8080\nAUTH=http:\/\/127\.0\.0\.1:9090\n/);
  });

  test("shows how to get a token", async () => {
    assert.match(await run(`${token}echo "$TOKEN"`), /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  test("follows each line that it shows with what it prints", () => {
    const languages = others.map(({ language }) => language);
    assert.ok(languages.length >= 14);
    assert.deepEqual(
      languages,
      Array.from(languages, (_, index) => (index % 2 === 0 ? "sh" : "json")),
    );
  });

  others.forEach(({ language, text }, index) => {
    if (language !== "sh") return;
    const [, address = ""] = /\$API([^"]*)/.exec(text) ?? [];

    test(`shows what ${address} answers (line ${index / 2 + 1})`, async () => {
      const printed: unknown = JSON.parse(await run(`${token}${text}`));
      assert.deepEqual(printed, JSON.parse(others[index + 1]?.text ?? ""));
    });
  });

  test("names the limits that hold", () => {
    const perSecond = describeVariables().find(({ name }) => name === "API_REQUESTS_PER_SECOND")?.unset;
    assert.deepEqual(perSecond, { value: "1000" });
    const limits = [
      `| Body | ${webLimits.bodyBytes / 1024} KiB |`,
      `| Headers | ${webLimits.headerBytes / 1024} KiB |`,
      `| URL | ${webLimits.addressLength.toLocaleString("en-GB")} characters |`,
      `| Time to send a request | ${webLimits.requestMs / 1000} s |`,
      `| Open requests of one client | ${webLimits.requestsOfOneClient}; beyond that 503 |`,
      `| Pipelined on one connection | ${webLimits.waitingRequests} behind the open one; beyond that it is closed |`,
      `| Your client reads nothing for | ${webLimits.stallMs / 1000} s; then the connection is closed |`,
      `| An unused connection is kept for | ${webLimits.idleMs / 1000} s |`,
    ];
    assert.deepEqual(
      limits.filter((limit) => !page.replaceAll(/ +/g, " ").includes(limit)),
      [],
    );
  });
});
