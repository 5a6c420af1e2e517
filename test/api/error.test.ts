import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { startApi, type TestApi } from "../support/test-api.ts";
import { exchange, writeRequest } from "../support/raw-http.ts";
import { assertRefusal, securityHeaders } from "../support/refusal.ts";

const batch = "POST /case-records/batch";
const json = "content-type: application/json";
const lengthOf = (text: string) => `content-length: ${Buffer.byteLength(text)}`;

interface Case {
  readonly name: string;
  readonly status: number;
  /** The bytes; the header lets in. */
  readonly bytes: (authorization: string) => string;
}

const plain = (name: string, status: number, bytes: string): Case => ({ name, status, bytes: () => bytes });
const withBody = (name: string, status: number, text: string): Case => ({
  name,
  status,
  bytes: (authorization) => writeRequest(batch, [authorization, json, lengthOf(text)], text),
});
const withType = (name: string, type: string, text: string): Case => ({
  name,
  status: 415,
  bytes: (authorization) => writeRequest(batch, [authorization, type, lengthOf(text)], text),
});
const withHeaders = (
  name: string,
  status: number,
  { headers = [], body = "" }: { headers?: readonly string[]; body?: string },
): Case => ({
  name,
  status,
  bytes: (authorization) => writeRequest(batch, [authorization, json, ...headers], body),
});
const at = (name: string, status: number, path: string): Case => ({
  name,
  status,
  bytes: (authorization) => writeRequest(`GET ${path}`, [authorization]),
});

const addresses: readonly Case[] = [
  at("an unknown address", 404, "/nothing"),
  at("no address", 404, "/"),
  at("an address in other letters", 404, "/Case-Records/X100001"),
  at("two slashes", 404, "//case-records/X100001"),
  at("a part missing", 404, "/case-records"),
  at("a part too many", 404, "/case-records/X100001/risks/mappa/more"),
  at("a lone percent sign", 400, "/case-records/%"),
  at("half a percent-encoding", 400, "/case-records/%E0%A4%A"),
  at("a percent-encoding that is no text", 400, "/%ff"),
  at("a percent-encoded zero", 400, "/case-records/X100001%00"),
  at("a percent-encoded slash", 400, "/case-records/X100001%2Frisks%2Frosh"),
  at("a percent-encoded line end", 400, "/case-records/X100001%0d%0aset-cookie:a=b"),
  at("a parameter of 201 letters", 414, `/case-records/${"X".repeat(201)}`),
  at("a parameter of 1,900 letters", 414, `/case-records/${"X".repeat(1_900)}/risks/rosh`),
  at("an unknown address of 2,001 letters", 414, `/${"x".repeat(2_000)}`),
  at(
    "a known address with a query that makes it 2,001 letters long",
    414,
    `/case-records/X100001?${"x".repeat(1_979)}`,
  ),
  at("a way out of the page's files", 400, "/swagger-ui/static/../../../package.json"),
  at("an encoded way out of the page's files", 404, "/swagger-ui/static/..%2f..%2f..%2fpackage.json"),
  at("a file that the page has not", 404, "/swagger-ui/static/missing.js"),
  plain("an unknown address with a broken body", 404, writeRequest("POST /nothing", [json, lengthOf("{")], "{")),
  plain("an asterisk for an address", 404, writeRequest("OPTIONS *")),
  plain("a tunnel", 400, "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n"),
];

const compressed = gzipSync('{"identifiers":["X100001"]}').toString("latin1");
const nested = `${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`;

const bodies: readonly Case[] = [
  withBody("half a JSON text", 400, '{"identifiers": ['),
  withBody("JSON with something behind it", 400, '{"identifiers": ["X100001"]} x'),
  withBody("JSON of JavaScript", 400, "{identifiers: ['X100001']}"),
  withBody("nothing, as JSON", 400, ""),
  withBody("a mark of byte order alone", 400, "\ufeff"),
  withBody("null", 400, "null"),
  withBody("a text", 400, '"X100001"'),
  withBody("a list", 400, '["X100001"]'),
  withBody("another property", 400, '{"crns": ["X100001"]}'),
  withBody("no identifier", 400, '{"identifiers": []}'),
  withBody("a text of identifiers", 400, '{"identifiers": "X100001"}'),
  withBody("identifiers that are no texts", 400, '{"identifiers": [1, null, {}, ["X100001"]]}'),
  withBody("501 identifiers", 400, JSON.stringify({ identifiers: Array.from({ length: 501 }, () => "X100001") })),
  withBody("a huge number", 400, '{"identifiers": 1e999999}'),
  withBody("9,000 levels", 400, nested),
  withBody("9,000 levels beside the identifiers", 400, `{"deep": ${nested}, "identifiers": ["X100001"]}`),
  withBody("a huge number beside the identifiers", 400, '{"huge": 1e999, "identifiers": ["X100001"]}'),
  withBody("names of every object's", 400, '{"toString": 1, "hasOwnProperty": null, "identifiers": ["X100001"]}'),
  withBody("9,000 levels of lists", 400, "[".repeat(9_000) + "]".repeat(9_000)),
  withBody("a prototype", 400, '{"__proto__": {"identifiers": ["X100001"]}}'),
  withBody("a prototype beside the identifiers", 400, '{"__proto__": {"polluted": true}, "identifiers": ["X100001"]}'),
  withBody("an encoded prototype", 400, String.raw`{"\u005f_proto__": {"polluted": true}, "identifiers": ["X100001"]}`),
  withBody(
    "a constructor's prototype",
    400,
    '{"constructor": {"prototype": {"polluted": true}}, "identifiers": ["X1"]}',
  ),
  withBody("64 KiB and a byte", 413, " ".repeat(64 * 1024 + 1)),
  withType("a text as text", "content-type: text/plain", '{"identifiers": ["X100001"]}'),
  withType("a form", "content-type: application/x-www-form-urlencoded", "identifiers=X100001"),
  withType("XML", "content-type: application/xml", "<identifiers/>"),
  withType("a content type that is none", "content-type: ;;;", "{}"),
  withType("an empty content type", "content-type:", "{}"),
  { name: "no content type", status: 415, bytes: (auth) => writeRequest(batch, [auth, lengthOf("{}")], "{}") },
  { name: "no body at all", status: 400, bytes: (auth) => writeRequest(batch, [auth]) },
  ...["gzip", "deflate", "br", "identity, gzip", "x-unknown"].map((coding) =>
    withHeaders(`a body coded as ${coding}`, 415, {
      headers: [`content-encoding: ${coding}`, `content-length: ${compressed.length}`],
      body: compressed,
    }),
  ),
  withHeaders("64 KiB and a byte in pieces", 413, {
    headers: ["transfer-encoding: chunked"],
    body: `10001\r\n${" ".repeat(64 * 1024 + 1)}\r\n0\r\n\r\n`,
  }),
];

const framing: readonly Case[] = [
  withHeaders("two lengths", 400, { headers: ["content-length: 2", "content-length: 3"], body: "{}" }),
  withHeaders("one length twice", 400, { headers: ["content-length: 2", "content-length: 2"], body: "{}" }),
  withHeaders("a length below zero", 400, { headers: ["content-length: -1"], body: "{}" }),
  withHeaders("a length that is no number", 400, { headers: ["content-length: two"], body: "{}" }),
  withHeaders("a length and pieces", 400, {
    headers: ["content-length: 2", "transfer-encoding: chunked"],
    body: "2\r\n{}\r\n0\r\n\r\n",
  }),
  withHeaders("pieces of no length", 400, { headers: ["transfer-encoding: chunked"], body: "zz\r\n" }),
  withHeaders("a transfer that we do not know", 400, { headers: ["transfer-encoding: gzip"], body: "zz" }),
  withHeaders("an expectation that we do not meet", 417, { headers: [lengthOf("{}"), "expect: miracles"], body: "{}" }),
  plain("a header of 17 KiB", 431, writeRequest("GET /ping", [`x: ${"x".repeat(17 * 1024)}`])),
  plain(
    "2,000 headers",
    431,
    writeRequest(
      "GET /ping",
      Array.from({ length: 2_000 }, (_, index) => `h${index}: 1`),
    ),
  ),
  plain("an address of 17 KiB", 431, writeRequest(`GET /${"x".repeat(17 * 1024)}`)),
  plain("no host", 400, "GET /ping HTTP/1.1\r\nconnection: close\r\n\r\n"),
  plain("two hosts", 400, writeRequest("GET /ping", ["host: another"])),
  plain("a space in a header's name", 400, writeRequest("GET /ping", ["a b: c"])),
  plain("a zero in a header", 400, writeRequest("GET /ping", ["a: \u0000"])),
  plain("a folded header", 400, writeRequest("GET /ping", [" folded"])),
  plain("a method that nobody knows", 400, writeRequest("FROBNICATE /ping")),
  plain("lines without a carriage return", 400, "GET /ping HTTP/1.1\nhost: a\n\n"),
  plain("no HTTP", 400, "HELLO\r\n\r\n"),
  plain("noise", 400, "\u0000\u0001\u0002\u0003"),
  plain("a TLS greeting", 400, "\u0016\u0003\u0001\u0002\u0000\u0001"),
  plain("a greeting of HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
];

describe("the one error body answers", () => {
  let api: TestApi;
  let authorization: string;
  before(async () => {
    api = await startApi();
    authorization = `authorization: Bearer ${await api.issuer.sign()}`;
  });
  after(() => api[Symbol.asyncDispose]());

  const suites = { "the address": addresses, "the body": bodies, "the framing": framing };
  for (const [what, cases] of Object.entries(suites)) {
    describe(`what is wrong with ${what}`, () => {
      for (const { name, status, bytes } of cases) {
        test(`${name}: ${status}`, async () => {
          assertRefusal(await exchange(api.address, bytes(authorization)), status);
        });
      }
    });
  }

  test("two Authorization headers, although each is right: 401", async () => {
    const request = writeRequest("GET /case-records/X100001", [authorization, authorization]);
    assertRefusal(await exchange(api.address, request), 401);
  });

  test("every method that an address does not take, with those that it takes: 405", async () => {
    const methods = "DELETE OPTIONS PATCH POST PUT TRACE PROPFIND LOCK QUERY SEARCH PURGE MKCOL".split(" ");
    for (const path of ["/case-records/X100001", "/case-records/X100001/risks/rosh", "/health", "/v3/api-docs"]) {
      for (const method of methods) {
        const answer = await exchange(api.address, writeRequest(`${method} ${path}`, [json, lengthOf("{")], "{"));
        assertRefusal(answer, 405);
        assert.equal(answer?.headers["allow"], "GET, HEAD", `${method} ${path}`);
      }
    }
    const answer = await exchange(api.address, writeRequest("GET /case-records/batch", [authorization]));
    assertRefusal(answer, 405);
    assert.equal(answer?.headers["allow"], "POST");
  });

  test("HEAD with what GET answers, but for the body", async () => {
    for (const [path, status] of [
      ["/case-records/X100001", 200],
      ["/case-records/X999999", 404],
      ["/nothing", 404],
    ] as const) {
      const [head, get] = await Promise.all(
        ["HEAD", "GET"].map((method) => exchange(api.address, writeRequest(`${method} ${path}`, [authorization]))),
      );
      assert.deepEqual([head?.status, head?.text], [status, ""]);
      const { date: _headDate, ...headHeaders } = head?.headers ?? {};
      const { date: _getDate, ...getHeaders } = get?.headers ?? {};
      assert.deepEqual(headHeaders, getHeaders);
    }
  });

  test("HEAD without a body, no matter what is wrong with it", async () => {
    for (const [request, status] of [
      [writeRequest("HEAD /case-records/X100001"), 401],
      [writeRequest("HEAD /ping", ["a b: c"]), 400],
      [writeRequest("HEAD /ping", ["expect: miracles"]), 417],
      [writeRequest("HEAD /ping", [`x: ${"x".repeat(17 * 1024)}`]), 431],
    ] as const) {
      const refused = await exchange(api.address, request);
      assert.deepEqual([refused?.status, refused?.text], [status, ""]);
    }
  });

  test("no cross-origin question: no answer allows another origin", async () => {
    const asked = ["origin: https://evil.example", "access-control-request-method: GET"];
    const answer = await exchange(api.address, writeRequest("OPTIONS /case-records/X100001", asked));
    assertRefusal(answer, 405);
    const allowed = Object.keys(answer?.headers ?? {}).filter((name) => name.startsWith("access-control"));
    assert.deepEqual(allowed, []);
  });

  test("nothing that an odd but readable request says", async () => {
    const odd: readonly string[] = [
      writeRequest("GET http://evil.example/case-records/X100001", [authorization]),
      writeRequest("GET /case-records/X100001?identifier=X999999&__proto__[a]=b#c", [authorization]),
      writeRequest("GET /case-records/X100001/", [authorization]),
      writeRequest("GET /case-records/x100001", [authorization, "x-forwarded-for: 1.2.3.4", "x-http-method: DELETE"]),
      writeRequest("GET /case-records/%58100001", [authorization, "upgrade: websocket"]),
      `GET /case-records/X100001 HTTP/1.0\r\n${authorization}\r\n\r\n`,
    ];
    for (const bytes of odd) {
      const answer = await exchange(api.address, bytes);
      assert.equal(answer?.status, 200, bytes);
      assert.match(answer.text, /^\{"crn":"X100001",/);
    }
  });

  test("not a batch that is odd in what does not matter", async () => {
    const text = '{"identifiers": ["X100001"], "identifiers": ["X999999"]}';
    const answer = await exchange(api.address, writeRequest(batch, [authorization, json, lengthOf(text)], text));
    const expected = { records: [], notFound: ["X999999"], invalid: [], unavailable: [] };
    assert.deepEqual([answer?.status, JSON.parse(answer?.text ?? "")], [200, expected]);
    const hostile = { identifiers: ["__proto__", "constructor", "\u0000", "\ud800", "' or 1=1 --", "*)(uid=*"] };
    const { status, body } = await api.post("/case-records/batch", hostile);
    assert.deepEqual(
      [status, body],
      [200, { records: [], notFound: [], invalid: hostile.identifiers, unavailable: [] }],
    );
  });

  test("a batch that is not UTF-8, whose letters would have to be guessed", async () => {
    const text = '{"identifiers":["X10000\u00FA"]}';
    const head = [authorization, json, `content-length: ${text.length}`];
    const answer = await exchange(api.address, Buffer.from(writeRequest(batch, head, text), "latin1"));
    assertRefusal(answer, 400);
    assert.match(answer?.text ?? "", /"developerMessage":"The request's body is not valid JSON"/);
  });

  test("nothing of the above in the log", () => {
    assert.deepEqual(api.lines, []);
  });

  test("beside the security headers of every good answer", async () => {
    for (const path of ["/case-records/X100001", "/ping", "/health/liveness", "/info", "/metrics", "/v3/api-docs"]) {
      const { headers } = await api.get(path);
      const told = Object.fromEntries(Object.keys(securityHeaders).map((name) => [name, headers.get(name)]));
      assert.deepEqual(told, securityHeaders, path);
      assert.equal(headers.get("server") ?? headers.get("x-powered-by"), null);
    }
  });
});
