import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { anyBytes, anyRequest, type OddRequest } from "../support/api-arbitrary.ts";
import { readApiDocument, type ApiDocument, type Operation } from "../support/read-document.ts";
import { startApi, type TestApi } from "../support/test-api.ts";
import { connectTo, readAnswer } from "../support/raw-http.ts";
import { findLeaks, refusalSchema, securityHeaders } from "../support/refusal.ts";

/** `FUZZ_REQUESTS=100000 npm test -- test/api/fuzz.test.ts` asks more. */
const count = z.coerce.number().int().min(100).default(5_000).parse(process.env["FUZZ_REQUESTS"]);
const together = 20;
const timeout = 120_000 + count * 20;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly policy: string;
  readonly text: string;
}

describe("any request at all", { timeout: 2 * timeout }, () => {
  let api: TestApi;
  let document: ApiDocument;
  let tokens: readonly string[];
  const agent = new Agent({ keepAlive: true, maxSockets: together });
  const statuses = new Map<number, number>();
  before(async () => {
    api = await startApi({ environment: { API_REQUESTS_PER_SECOND: "1000000" } });
    document = readApiDocument((await api.get("/v3/api-docs", { headers: {} })).body);
    tokens = await makeTokens();
  });
  after(async () => {
    agent.destroy();
    await api[Symbol.asyncDispose]();
  });

  const makeTokens = async () => {
    const authorities = [...new Set(document.operations.flatMap(({ roles }) => roles))];
    const parts = fc.dictionary(
      fc.constantFrom("iss", "exp", "nbf", "authorities", "client_id", "sub"),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const headers = fc.dictionary(
      fc.constantFrom("alg", "kid", "typ", "crit", "jwk", "jku"),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const odd = fc.sample(fc.tuple(parts, headers), 40).map(([claims, header]) => api.issuer.sign(claims, header));
    return Promise.all([
      api.issuer.sign({ exp: 9_999_999_999, authorities }),
      api.issuer.sign({ authorities: [] }),
      ...odd,
    ]);
  };

  const send = async ({ method, path, headers, body }: OddRequest): Promise<Answer> => {
    const { port } = new URL(api.address);
    const asked = request({ host: "127.0.0.1", port, agent, method, path, headers });
    asked.end(body ?? undefined);
    const [response] = eventSchema.parse(await once(asked, "response"));
    return readResponse(response);
  };

  const judge = (asked: OddRequest, answer: Answer): string | null => {
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status === 500) return "it failed";
    if (answer.policy === "") return "its headers are not the usual ones";
    const isHead = asked.method === "HEAD";
    if (isHead) return answer.text === "" ? null : "HEAD has a body";
    const url = URL.parse(asked.path.replace(/^\/+/, "/"), api.address);
    const operation = document.operations.find((one) => fits(one, asked.method, url?.pathname ?? ""));
    return answer.status >= 400 ? judgeRefusal(operation, answer) : judgeSuccess(operation, answer);
  };

  const judgeRefusal = (operation: Operation | undefined, { status, text: body, type }: Answer): string | null => {
    // It says which component is down, and how.
    if (operation?.path === "/health" && status === 503) return null;
    const [leak] = findLeaks(body);
    if (leak !== undefined) return `it tells ${leak}`;
    const told = refusalSchema.safeParse(JSON.parse(body)).data;
    return told?.status === status && type === "application/json" ? null : "it is not the one error body";
  };

  const judgeSuccess = (operation: Operation | undefined, { status, text: body, type }: Answer): string | null => {
    if (operation === undefined)
      return /^(text|application|image)\//.test(type) || status === 302 || status === 304
        ? null
        : "nobody documents it";
    const media = operation.responses[status]?.content?.[type];
    if (media === undefined) return "the document does not tell of it";
    const content: unknown = type === "application/json" ? JSON.parse(body) : body;
    return document.compile(media.schema)(content) ? null : "it does not fit the document";
  };

  test(
    `is answered as documented, or refused with the one body; nothing leaks (${count} requests)`,
    { timeout },
    async () => {
      // Without what needs a queue: there is none here, and to wait for it would be all that happens.
      const operations = document.operations.filter(
        ({ name, path }) => !path.startsWith("/queue-admin") && name !== "POST /operations/refresh",
      );
      const requests = fc.array(anyRequest(tokens, operations), { minLength: together, maxLength: together });
      const property = fc.asyncProperty(requests, async (list) => {
        const faults = await Promise.all(
          list.map(async (asked) => {
            const answer = await send(asked);
            const fault = judge(asked, answer);
            return fault === null ? [] : `${fault}: ${shorten(asked)} → ${shorten(answer)}`;
          }),
        );
        assert.deepEqual(faults.flat(), []);
      });
      await fc.assert(property, { numRuns: Math.ceil(count / together), endOnFailure: true, reporter });
    },
  );

  test(
    `that is none is refused, or the connection is closed (${Math.ceil(count / 10)} times)`,
    { timeout },
    async () => {
      const property = fc.asyncProperty(
        fc.array(anyBytes, { minLength: together, maxLength: together }),
        async (list) => {
          const answers = await Promise.all(
            list.map(async (bytes) => {
              const socket = connectTo(api.address);
              socket.on("error", () => undefined);
              socket.end(bytes);
              return readAnswer(await text(socket).catch(() => ""));
            }),
          );
          for (const answer of answers) {
            if (answer === null || answer.status < 400) continue;
            assert.notEqual(answer.status, 500);
            assert.deepEqual(
              [
                findLeaks(answer.text),
                refusalSchema.safeParse(JSON.parse(answer.text.split("HTTP/1.1")[0] ?? "")).success,
              ],
              [[], true],
            );
          }
        },
      );
      await fc.assert(property, { numRuns: Math.ceil(count / 10 / together), endOnFailure: true, reporter });
    },
  );

  test("was answered in every way that there is", () => {
    const seen = (status: number) => statuses.get(status) ?? 0;
    const missing = [200, 400, 401, 403, 404, 405, 413, 414, 415].filter((status) => seen(status) === 0);
    assert.deepEqual(missing, [], JSON.stringify([...statuses]));
    assert.ok(seen(200) > count / 20, `${seen(200)} of ${count} were served`);
    assert.ok(seen(503) < count / 20, `${seen(503)} of ${count} were answered 503`);
  });

  test("leaves the service as it was, and nothing in its log that is not its own", async () => {
    const { status, text: body } = await api.get("/case-records/X100001");
    assert.equal(status, 200);
    assert.match(body, /"forename":"Dana","surname":"Okafor"/);
    assert.equal(Object.hasOwn(Object.prototype, "a"), false);
    // A machine that is busy may be slow, and says so; nothing else is forgiven.
    const slow = /"dependency":"\w+"|"errorClass":"(HttpError|FST_ERR_HANDLER_TIMEOUT)"/;
    const bugs = api.lines.filter((line) => !slow.test(line));
    assert.deepEqual(bugs, []);
    assert.deepEqual(api.lines.flatMap(findLeaks), []);
  });
});

/** What failed and how to see it again, without the whole of it. */
function reporter<Values>({ failed, errorInstance, seed, counterexamplePath }: fc.RunDetails<Values>): void {
  if (failed) throw new Error(`seed ${seed}, path ${counterexamplePath}`, { cause: errorInstance });
}

function shorten(value: unknown): string {
  const short = JSON.stringify(value, (_key, part: unknown) => (typeof part === "string" ? part.slice(0, 200) : part));
  return short.slice(0, 1_000);
}

const eventSchema = z.tuple([z.custom<IncomingMessage>()]);

async function readResponse(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = response;
  const { "content-security-policy": policy = "", "cache-control": _cache, ...others } = headers;
  const usual = Object.entries(securityHeaders).filter(
    ([name]) => name !== "content-security-policy" && name !== "cache-control",
  );
  const isUsual = usual.every(([name, value]) => others[name] === value);
  const type = headers["content-type"]?.split(";")[0] ?? "";
  return { status, type, policy: isUsual ? String(policy) : "", text: await text(response) };
}

function fits({ method, path }: Operation, asked: string, pathname: string): boolean {
  const parts = path.split("/");
  const given = pathname.replace(/\/$/, "").split("/");
  if (method !== asked || parts.length !== given.length) return false;
  return parts.every((part, index) => (part.startsWith("{") ? given[index] !== "batch" : part === given[index]));
}
