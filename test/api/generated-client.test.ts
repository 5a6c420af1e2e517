import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import generate from "openapi-typescript";
import { z } from "zod";
import { startApi, type TestApi } from "../support/test-api.ts";

const run = promisify(execFile);
const compiler = path.join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
const compilerOptions = {
  strict: true,
  noEmit: true,
  target: "es2024",
  module: "nodenext",
  lib: ["es2024", "dom"],
  types: [],
  allowImportingTsExtensions: true,
};

// What a developer of a caller would write with the generated types, and nothing else.
const client = `
import type { components, paths } from "./api.ts";

type Json<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : never;
type Found<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: infer Answer } } } ? Json<Answer> : never;

const [address = "", token = ""] = [process.env.ADDRESS, process.env.TOKEN];
const headers = { authorization: "Bearer " + token, "content-type": "application/json" };

async function get<Path extends keyof paths>(path: Path, identifier = ""): Promise<Found<Path>> {
  const response = await fetch(address + path.replace(/\\{\\w+\\}/, identifier), { headers });
  return (await response.json()) as Found<Path>;
}

async function getMany(request: components["schemas"]["CaseRecordsRequest"]): Promise<components["schemas"]["CaseRecords"]> {
  const response = await fetch(address + "/case-records/batch", { method: "POST", headers, body: JSON.stringify(request) });
  return (await response.json()) as components["schemas"]["CaseRecords"];
}

declare const process: { env: Record<string, string | undefined> };
const record = await get("/case-records/{identifier}", "X100001");
const mappa = await get("/case-records/{crn}/risks/mappa", "X100001");
const ping = await get("/ping");
const many = await getMany({ identifiers: ["X100001", "nobody"] });
const order: components["schemas"]["MessagesOrder"] | components["schemas"]["GroupOrder"] = { group: "UnknownPrison", reason: "Added" };
console.log(JSON.stringify({
  surname: record.manager?.name?.surname,
  level: mappa.level,
  status: ping.status,
  found: many.records.map(({ crn }) => crn),
  invalid: many.invalid,
  order,
}));
`;

describe("the API's document", () => {
  let api: TestApi;
  let folder: string;
  let document: string;
  before(async () => {
    api = await startApi();
    document = (await api.get("/v3/api-docs", { headers: {} })).text;
    folder = await mkdtemp(path.join(tmpdir(), "generated-client-"));
    const source = z.custom<Parameters<typeof generate>[0]>().parse(JSON.parse(document));
    await writeFile(path.join(folder, "api.ts"), await generate(source));
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await api[Symbol.asyncDispose]();
  });

  const compile = async (text: string) => {
    await writeFile(path.join(folder, "client.ts"), text);
    try {
      await run(process.execPath, [compiler, "--project", folder]);
      return "";
    } catch (error) {
      return z.object({ stdout: z.string() }).parse(error).stdout;
    }
  };

  const lint = async (source: string) => {
    // What an open route refuses stands under `default`.
    const config = await createConfig({ extends: ["recommended-strict"], rules: { "operation-4xx-response": "off" } });
    const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
    return problems.map(({ ruleId, message, location: [place] }) => `${ruleId}: ${message} ${place?.pointer}`);
  };

  test("pleases the linter, which finds what is missing", async () => {
    assert.deepEqual(await lint(document), []);
    const faults = await lint(document.replace('"operationId":"ping",', "").replace('"security":[],', ""));
    assert.deepEqual(
      new Set(faults.map((fault) => fault.split(":")[0])),
      new Set(["operation-operationId", "security-defined"]),
    );
  });

  test("has patterns that every language reads, and no value that must be true", () => {
    const patterns = [...document.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(([, text = ""]) =>
      z.string().parse(JSON.parse(text)),
    );
    assert.ok(patterns.length > 5);
    assert.deepEqual(
      patterns.filter((pattern) => /\\[pPdDwWsSbBk]|\(\?/.test(pattern)),
      [],
    );
    assert.doesNotMatch(document, /"enum":\[(true|false)\]|"const":(true|false)/);
  });

  test("yields a client that compiles and calls the API", { timeout: 60_000 }, async () => {
    assert.equal(await compile(client), "");
    const env = { ADDRESS: api.address, TOKEN: await api.issuer.sign() };
    const { stdout } = await run(process.execPath, [path.join(folder, "client.ts")], { env });
    assert.deepEqual(JSON.parse(stdout), {
      surname: "Okafor",
      level: 2,
      status: "UP",
      found: ["X100001"],
      invalid: ["nobody"],
      order: { group: "UnknownPrison", reason: "Added" },
    });
  });

  test("yields a client that does not compile with what the API does not have", { timeout: 60_000 }, async () => {
    assert.match(await compile(client.replace("mappa.level", "mappa.depth")), /'depth' does not exist/);
    assert.match(await compile(client.replace('group: "UnknownPrison"', 'group: "Unheard"')), /"Unheard"/);
    assert.match(await compile(client.replace('"/ping"', '"/pong"')), /"\/pong"/);
  });
});
