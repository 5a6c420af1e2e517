import { METHODS } from "node:http";
import fc from "fast-check";
import { listExamples, type Operation } from "./read-document.ts";

/** A request of which no one knows whether it makes sense. */
export interface OddRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

const people = [
  "X100001",
  "X100002",
  "X100007",
  "X100009",
  "A1001AA",
  "A1012AA",
  "x100008",
  "a1002aa",
  "X999999",
  "A9999ZZ",
];
const hostile = [
  "__proto__",
  "constructor",
  "' or 1=1 --",
  "X100001'; drop table offender; --",
  "*)(uid=*",
  "../../../../package.json",
  "${7*7}{{7*7}}",
  "<script>alert(1)</script>",
  "\u0000X100001",
  "X100001\r\nset-cookie: a=b",
  "ı100001",
  "１００００１",
  "null",
  "NaN",
];

const identifier = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...people) },
  { weight: 2, arbitrary: fc.stringMatching(/^[A-Za-z]\d{6}$|^[A-Za-z]\d{4}[A-Za-z]{2}$/) },
  { weight: 2, arbitrary: fc.constantFrom(...hostile) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
  { weight: 1, arbitrary: fc.integer({ min: 150, max: 2_100 }).map((length) => "X".repeat(length)) },
);

const segment = identifier.map((text) => encodeURIComponent(text.toWellFormed()));
const punctuation = "% / . ; : @ & = + $ , ? # [ ] ! ' ( ) * ~ - _ a Z 0 9 \\ | ^ ` { } \" < >".split(" ");
const rawSegment = fc.string({ unit: fc.constantFrom(...punctuation), maxLength: 20 });
const fixed =
  "/health /health/readiness /health/liveness /health/ping /ping /info /metrics /v3/api-docs /v3/api-docs.yaml /swagger-ui /swagger-ui/ /swagger-ui/json /docs/asyncapi /docs/asyncapi.yaml /favicon.ico / //".split(
    " ",
  );

const place = fc.oneof(
  { weight: 4, arbitrary: segment.map((text) => `/case-records/${text}`) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(segment, fc.constantFrom("mappa", "rosh", "else"))
      .map(([text, risk]) => `/case-records/${text}/risks/${risk}`),
  },
  { weight: 4, arbitrary: fc.constant("/case-records/batch") },
  { weight: 2, arbitrary: fc.constantFrom(...fixed) },
  { weight: 1, arbitrary: rawSegment.map((text) => `/case-records/${text}`) },
  { weight: 1, arbitrary: fc.array(rawSegment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`) },
  { weight: 1, arbitrary: rawSegment.map((text) => `/swagger-ui/static/${text}`) },
  { weight: 1, arbitrary: fc.webPath() },
);
const query = fc.oneof(
  { weight: 5, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.webQueryParameters().map((text) => `?${text}`) },
  { weight: 1, arbitrary: rawSegment.map((text) => `?identifier=${text}&__proto__[a]=b`) },
);

const json = fc.json({ maxDepth: 4 });
const identifiers = fc.array(
  fc.oneof(
    identifier,
    fc.jsonValue({ maxDepth: 1 }).filter((value) => typeof value !== "object"),
  ),
  { maxLength: 30 },
);
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(identifier, { minLength: 1, maxLength: 60 })
      .map((list) => JSON.stringify({ identifiers: list })),
  },
  { weight: 2, arbitrary: identifiers.map((list) => JSON.stringify({ identifiers: list })) },
  { weight: 2, arbitrary: json.map((text) => `{"identifiers":${text}}`) },
  { weight: 2, arbitrary: json },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.nat(20_000).map((depth) => "[".repeat(depth) + "]".repeat(depth)) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 700 })
      .map((length) => JSON.stringify({ identifiers: Array.from({ length }, (_, index) => `X${100_000 + index}`) })),
  },
  { weight: 1, arbitrary: fc.nat(90_000).map((length) => `{"identifiers":["${"x".repeat(length)}"]}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{"__proto__":{"a":1},"identifiers":["X100001"]}', '{"identifiers":1e999}', "", "{"),
  },
);

const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant("application/json") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "application/json; charset=utf-16",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/xml",
      ";",
      "a/b/c",
      "*/*",
      "application/json/json",
      "APPLICATION/JSON ",
    ),
  },
);
const headerName = fc.constantFrom(
  ..."accept accept-encoding accept-language cookie range if-none-match if-modified-since if-range x-forwarded-for x-forwarded-host forwarded origin referer x-http-method-override x-original-url x-request-id traceparent te expect upgrade authorization2 content-encoding content-range max-forwards priority".split(
    " ",
  ),
);
const headerValue = fc.oneof(
  fc.constantFrom(
    "*",
    "gzip",
    "bytes=0-0",
    "bytes=999999-",
    "bytes=-1",
    "100-continue",
    "miracles",
    "websocket",
    "127.0.0.1",
    '"a"',
    "DELETE",
    "/metrics",
    "__proto__",
  ),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCodePoint(code)), maxLength: 60 }),
);
const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Readonly<Record<string, string>>>({}) },
  { weight: 2, arbitrary: fc.dictionary(headerName, headerValue, { maxKeys: 4 }) },
);

// A tunnel has no address; it has a test of its own.
const otherMethods = fc.oneof(
  fc.constantFrom("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "GET", "POST"),
  fc.constantFrom(...METHODS.filter((name) => name !== "CONNECT")),
);
const usual = "the usual one";
const method = fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: otherMethods });

/** Where a request goes, how that is usually asked, and what suits it for a body. */
interface Target {
  readonly path: string;
  readonly usual: string;
  readonly body: string | null;
}

const anywhere: fc.Arbitrary<Target> = place.map((path) => ({
  path,
  usual: path === "/case-records/batch" ? "POST" : "GET",
  body: null,
}));

/** A documented operation with odd parameters, and with a body that is almost one of its examples. */
function anyCall({ method: usualMethod, path, parameters, requestBody }: Operation): fc.Arbitrary<Target> {
  const asked = parameters.filter((parameter) => parameter.in === "query");
  const values = asked.map((parameter) =>
    fc.option(
      fc.oneof(
        fc.constantFrom(...listExamples(parameter)).map((example) => String(example)),
        identifier,
      ),
    ),
  );
  const examples = Object.values(requestBody?.content ?? {}).flatMap(listExamples);
  const sent = examples.length === 0 ? fc.constant(null) : fc.constantFrom(...examples).chain(anyVariant);
  return fc.tuple(segment, fc.tuple(...values), sent).map(([text, filled, suiting]) => {
    const pairs = filled.flatMap((value, index) =>
      value === null ? [] : `${asked[index]?.name ?? ""}=${encodeURIComponent(value.toWellFormed())}`,
    );
    return {
      path: `${path.replaceAll(/\{\w+\}/g, () => text)}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`,
      usual: usualMethod,
      body: suiting,
    };
  });
}

/** An example, some of whose properties are missing or something else. */
function anyVariant(example: unknown): fc.Arbitrary<string> {
  if (typeof example !== "object" || example === null) return fc.constant(JSON.stringify(example));
  const properties = Object.entries(example).map(([name, value]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant([[name, value]]) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).map((other) => [[name, other]]) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
  );
  return fc.tuple(...properties).map((kept) => JSON.stringify(Object.fromEntries(kept.flat())));
}

const authorizations = (tokens: readonly string[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(`Bearer ${tokens[0] ?? ""}`) },
    { weight: 2, arbitrary: fc.constantFrom(...tokens).map((token) => `Bearer ${token}`) },
    { weight: 1, arbitrary: fc.constantFrom("", "Bearer", "Basic YTpi", "Bearer a.b.c", "bearer e30.e30.") },
    { weight: 1, arbitrary: fc.base64String({ maxLength: 9_000 }).map((text) => `Bearer ${text}`) },
  );

/** Any request, with one of these tokens or none; the first of them is good, and used most. */
export function anyRequest(tokens: readonly string[], operations: readonly Operation[]): fc.Arbitrary<OddRequest> {
  const calls = fc.constantFrom(...operations).chain(anyCall);
  return fc
    .record({
      method,
      target: fc.oneof({ weight: 3, arbitrary: anywhere }, { weight: 1, arbitrary: calls }),
      query,
      headers,
      body: fc.option(body, { freq: 5 }),
      contentType,
      authorization: authorizations(tokens),
    })
    .map(({ target, authorization, contentType: type, ...odd }) => {
      const sent = target.body ?? odd.body;
      return {
        method: odd.method === usual ? target.usual : odd.method,
        path: target.path + (target.path.includes("?") ? "" : odd.query),
        headers: {
          ...odd.headers,
          ...(authorization === "" ? {} : { authorization }),
          ...(sent === null ? {} : { "content-type": type, "content-length": String(Buffer.byteLength(sent)) }),
        },
        body: sent,
      };
    });
}

/** Bytes that are no request, or almost one. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 400 }),
  fc
    .tuple(
      fc.string({ maxLength: 40 }),
      fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 }),
      fc.string({ maxLength: 100 }),
    )
    .map(([line, lines, rest]) =>
      Buffer.from(`${line} HTTP/1.1\r\nhost: service\r\n${lines.join("\r\n")}\r\n\r\n${rest}`),
    ),
  fc
    .tuple(fc.constantFrom("chunked", "gzip, chunked", "identity", "chunked, chunked"), fc.string({ maxLength: 80 }))
    .map(([coding, rest]) =>
      Buffer.from(`POST /ping HTTP/1.1\r\nhost: service\r\ntransfer-encoding: ${coding}\r\n\r\n${rest}`),
    ),
);
