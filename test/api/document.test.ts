import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { buildSilentApi } from "../../docs/openapi-document.ts";
import { startApi, type TestApi } from "../support/test-api.ts";
import { documentSchema, listExamples, readApiDocument, type ApiDocument } from "../support/read-document.ts";

/** Routes of the web server that are no part of the API: the document itself, and the pages to read it. */
const technical: readonly RegExp[] = [
  /^\/v3\/api-docs(\.yaml)?$/,
  /^\/swagger-ui(\/|$)/,
  /^\/docs\/asyncapi(\.yaml)?$/,
];

describe("the API's document", () => {
  let api: TestApi;
  let document: ApiDocument;
  let source: unknown;
  before(async () => {
    api = await startApi();
    source = (await api.get("/v3/api-docs", { headers: {} })).body;
    document = readApiDocument(source);
  });
  after(() => api[Symbol.asyncDispose]());

  test("is the file of the repository, as JSON and as YAML", async () => {
    const { text, headers } = await api.get("/v3/api-docs.yaml", { headers: {} });
    assert.equal(text, await readFile(path.join(import.meta.dirname, "../../docs/openapi.yaml"), "utf8"));
    assert.deepEqual(parse(text), source);
    assert.equal(headers.get("content-type"), "application/yaml; charset=utf-8");
  });

  test("holds every route that the service has, but for the pages to read it", async () => {
    const { web, routes } = await buildSilentApi();
    await web.close();
    const known = new Set(document.operations.map(({ name }) => name));
    assert.ok(routes.length > 20);
    const missing = routes.filter((route) => {
      const [method = "", url = ""] = route.split(" ");
      const isKnown = known.has(`${method.replace("HEAD", "GET")} ${url.replaceAll(/:(\w+)/g, "{$1}")}`);
      return !isKnown && !technical.some((one) => one.test(url));
    });
    assert.deepEqual(missing, []);
  });

  test("names each operation once", () => {
    const ids = document.operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
  });

  test("refers only to what it holds, and holds nothing that is not referred to", () => {
    const references = JSON.stringify(source).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    const held = Object.keys(documentSchema.parse(source).components.schemas);
    assert.deepEqual(new Set([...references].map(([, name]) => name)), new Set(held));
  });

  test("has examples of every parameter, body and answer, and they fit their schemas", () => {
    const faults: string[] = [];
    for (const { name, parameters, requestBody, responses } of document.operations) {
      const places = [
        ...parameters.map((parameter) => [`parameter ${parameter.name}`, parameter] as const),
        ...Object.entries(requestBody?.content ?? {}).map(([type, media]) => [`body ${type}`, media] as const),
        ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
          Object.entries(content).map(([type, media]) => [`answer ${status} ${type}`, media] as const),
        ),
      ];
      for (const [place, media] of places) {
        const examples = listExamples(media);
        if (examples.length === 0) faults.push(`${name}: ${place} has no example`);
        const validate = document.compile(media.schema);
        const wrong = examples.filter((example) => !validate(example));
        faults.push(...wrong.map((example) => `${name}: ${place}: ${JSON.stringify(example)} does not fit`));
      }
    }
    assert.deepEqual(faults, []);
  });

  test("gives every operation that needs a token the refusals that it can answer with", () => {
    for (const { name, roles, parameters, requestBody, responses } of document.operations) {
      const secured = roles.length > 0 ? ["401", "403", "500", "503"] : [];
      const asked = parameters.some((parameter) => parameter.in === "path") && roles.length > 0 ? ["404"] : [];
      const bodies = requestBody === undefined ? [] : ["400", "413", "415"];
      const missing = [...secured, ...asked, ...bodies, "default"].filter((status) => !(status in responses));
      assert.deepEqual(missing, [], name);
    }
  });
});

describe("the page that shows it", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api[Symbol.asyncDispose]());

  const policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

  test("is found at its usual address", async () => {
    const { status, headers } = await api.get("/swagger-ui/index.html", { headers: {} });
    assert.deepEqual([status, headers.get("location")], [302, "/swagger-ui/"]);
  });

  test("is built from files of the service alone, under a policy that allows no others", async () => {
    const { status, text, headers } = await api.get("/swagger-ui/", { headers: {} });
    assert.deepEqual([status, headers.get("content-security-policy")], [200, policy]);
    assert.match(text, /<title>Manage POM Cases and Delius<\/title>/);
    const files = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, file = ""]) => file);
    assert.ok(files.length >= 5);
    for (const file of files) {
      const url = new URL(file, `${api.address}/swagger-ui/`);
      assert.equal(url.origin, new URL(api.address).origin);
      const answer = await api.get(url.pathname, { headers: {} });
      assert.deepEqual([answer.status, answer.headers.get("content-security-policy")], [200, policy], file);
      assert.match(answer.headers.get("content-type") ?? "", /^(text\/css|(text|application)\/javascript|image\/png)/);
    }
    assert.doesNotMatch(text, /<script>|<style>|\son\w+=/);
  });

  test("reads the document from the service, and asks no one to judge it", async () => {
    const { text } = await api.get("/swagger-ui/static/swagger-initializer.js", { headers: {} });
    assert.match(text, /url: resolveUrl\('\.\/json'\)/);
    assert.match(text, /validatorUrl: null/);
    assert.match(text, /"layout":"BaseLayout"|layout: "BaseLayout"/);
    const [shown, served] = await Promise.all(
      ["/swagger-ui/json", "/v3/api-docs"].map((url) => api.get(url, { headers: {} })),
    );
    assert.deepEqual(shown?.body, served?.body);
  });
});
