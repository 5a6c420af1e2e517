import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";
import { z } from "zod";
import { startApi, type TestApi } from "../support/test-api.ts";
import { connectTo, readAnswer, writeRequest } from "../support/raw-http.ts";
import { assertRefusal, type ReadAnswer } from "../support/refusal.ts";
import { startWeb, type TestWeb } from "../support/web.ts";

/** What a refusal leaves in the log, and nothing beside it. */
const lineSchema = z.strictObject({
  correlationId: z.uuid(),
  route: z.string(),
  reason: z.literal("Too many requests at once"),
  message: z.literal("requests refused"),
});

const secured = { config: { access: ["ROLE_TEST"] } };
const open = { config: { access: "open" } } as const;

async function read(response: Response): Promise<ReadAnswer> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function assertAnswer(bytes: string): ReadAnswer {
  const answer = readAnswer(bytes);
  assert.ok(answer !== null, "nothing came");
  return answer;
}

function assertBusy(answer: ReadAnswer, message: string): void {
  const body = assertRefusal(answer, 503);
  const headers = new Headers(answer.headers);
  const correlationId = headers.get("x-correlation-id");
  assert.deepEqual(
    { message: body.message, told: body.developerMessage, retryAfter: headers.get("retry-after") },
    { message, told: `${message}; correlation id ${correlationId}`, retryAfter: "1" },
  );
}

describe("a client that asks too often", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({ environment: { API_REQUESTS_PER_SECOND: "3" } });
  });
  after(() => api[Symbol.asyncDispose]());

  const askAs = async (client: string, path = "/case-records/X100001") => {
    const authorization = `Bearer ${await api.issuer.sign({ client_id: client, jti: String(Math.random()) })}`;
    return api.get(path, { headers: { authorization } });
  };

  test("is asked to wait a second, and others are not", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => askAs("greedy")));
    const served = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    assert.ok(served.length >= 3, `${served.length} were served`);
    assert.ok(refused.length >= 1, "none was refused");
    refused.forEach((answer) => assertBusy(answer, "Too many requests at once"));
    const others = await Promise.all([askAs("modest"), askAs("frugal"), askAs("thrifty")]);
    assert.deepEqual(
      others.map(({ status }) => status),
      [200, 200, 200],
    );
  });

  test("is counted over all addresses that need a token", async () => {
    const paths = ["/case-records/X100001", "/case-records/X100001/risks/mappa", "/case-records/X100001/risks/rosh"];
    const secure = Array.from({ length: 20 }, () => paths).flat();
    const refused = await Promise.all(secure.map((path) => askAs("wide", path)));
    assert.ok(refused.some(({ status }) => status === 503));
  });

  test("is counted over all addresses that need none, but for the probes", async () => {
    const paths = ["/info", "/metrics", "/v3/api-docs", "/swagger-ui/", "/docs/asyncapi"];
    const many = Array.from({ length: 20 }, () => paths).flat();
    const answers = await Promise.all(many.map((path) => api.get(path, { headers: {} })));
    const refused = answers.filter(({ status }) => status !== 200);
    assert.ok(refused.length >= 1, "none was refused");
    refused.forEach((answer) => assertBusy(answer, "Too many requests at once"));
    for (const probe of ["/health", "/health/liveness", "/health/readiness", "/health/ping", "/ping"]) {
      const free = await Promise.all(Array.from({ length: 20 }, () => api.get(probe, { headers: {} })));
      assert.ok(!free.some(({ text: body }) => body.includes("Too many")), probe);
    }
    assert.equal((await askAs("thrifty")).status, 200);
  });

  test("is refused before its body is read", async () => {
    const authorization = `Bearer ${await api.issuer.sign({ client_id: "slow" })}`;
    const half = writeRequest(
      "POST /case-records/batch",
      [`authorization: ${authorization}`, "content-type: application/json", "content-length: 100"],
      '{"a',
    );
    const sockets = Array.from({ length: 60 }, () => connectTo(api.address));
    sockets.forEach((socket) => socket.write(half));
    const first = await Promise.any(sockets.map((socket) => once(socket, "data")));
    assert.match(String(first[0]), /^HTTP\/1\.1 503 .*Too many requests at once/s);
    sockets.forEach((socket) => socket.destroy());
  });

  test("fills no log: refusals share a line, which each of them names", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => askAs("greedy")));
    const refused = answers.filter(({ status }) => status === 503);
    const lines = api.lines.map((line) => lineSchema.parse(JSON.parse(line)));
    assert.ok(lines.length * 10 < refused.length, `${refused.length} refusals, ${lines.length} lines`);
    const logged = new Set<string | null>(lines.map(({ correlationId }) => correlationId));
    for (const { headers } of refused) assert.ok(logged.has(headers.get("x-correlation-id")));
  });
});

describe("a service with too much in work", () => {
  let web: TestWeb;
  let entered: number;
  let left: number;
  let finish: PromiseWithResolvers<void>;
  const changes = new EventEmitter();
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(changes, "change");
  };
  before(async () => {
    web = await startWeb({
      limits: { requestsInWork: 2 },
      addRoutes: (app) => {
        app.get("/slow", secured, async (_request, reply) => {
          entered += 1;
          changes.emit("change");
          reply.raw.once("close", () => {
            left += 1;
            changes.emit("change");
          });
          await finish.promise;
          return { done: true };
        });
        app.get("/health", open, async () => ({ status: "UP" }));
      },
    });
  });
  after(() => web[Symbol.asyncDispose]());
  beforeEach(() => {
    [entered, left] = [0, 0];
    finish = Promise.withResolvers();
  });

  test("refuses what comes on top, answers for its health, and serves again afterwards", async () => {
    const served = [web.get("/slow"), web.get("/slow")];
    await until(() => entered === 2);
    for (const _ of [1, 2, 3]) assertBusy(await read(await web.get("/slow")), "The service is busy");
    assert.equal((await web.get("/health")).status, 200);
    finish.resolve();
    assert.deepEqual(
      (await Promise.all(served)).map(({ status }) => status),
      [200, 200],
    );
    await until(() => left === 2);
    assert.equal((await web.get("/slow")).status, 200);
  });

  test("forgets those that gave up", async () => {
    const impatient = new AbortController();
    const headers = { authorization: "Bearer mpc" };
    const given = [1, 2].map(() => fetch(`${web.address}/slow`, { headers, signal: impatient.signal }));
    await until(() => entered === 2);
    assertBusy(await read(await web.get("/slow")), "The service is busy");
    impatient.abort();
    await Promise.allSettled(given);
    await until(() => left === 2);
    finish.resolve();
    assert.equal((await web.get("/slow")).status, 200);
  });
});

describe("a client with many requests in work", () => {
  let web: TestWeb;
  let arrived: number;
  const changes = new EventEmitter();
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(changes, "change");
  };
  before(async () => {
    web = await startWeb({
      limits: { requestsInWork: 20, requestsOfOneClient: 5, requestMs: 60_000 },
      addRoutes: (app) => {
        app.addHook("onResponse", async () => changes.emit("change"));
        app.addHook("preParsing", async () => {
          arrived += 1;
          changes.emit("change");
        });
        app.post("/batch", secured, async () => ({ done: true }));
        app.get("/open", open, () => new Promise(() => undefined));
        app.get("/ping", { config: { access: "open", isProbe: true } }, async () => ({ status: "UP" }));
      },
    });
  });
  after(() => web[Symbol.asyncDispose]());
  beforeEach(() => {
    arrived = 0;
  });

  const sendHalf = (client: string) => {
    const socket = connectTo(web.address);
    const headers = [`authorization: Bearer ${client}`, "content-type: application/json", "content-length: 100"];
    socket.write(writeRequest("POST /batch", headers, '{"a'));
    return socket;
  };
  const post = (client: string) =>
    fetch(`${web.address}/batch`, {
      method: "POST",
      headers: { authorization: `Bearer ${client}`, "content-type": "application/json" },
      body: "{}",
    });

  test("holds its share of them with bodies that do not come, and others are served", async () => {
    const slow = Array.from({ length: 5 }, () => sendHalf("greedy"));
    await until(() => arrived === 5);
    const beyond = Array.from({ length: 30 }, () => sendHalf("greedy"));
    const refused = await Promise.all(beyond.map((socket) => text(socket)));
    refused.forEach((bytes) => assertBusy(assertAnswer(bytes), "The service is busy"));
    assertBusy(await read(await post("greedy")), "The service is busy");
    assert.equal((await post("modest")).status, 200);
    slow.forEach((socket) => socket.destroy());
    while ((await post("greedy")).status !== 200);
  });

  test("holds no more of them without a token, and is still told that someone answers", async () => {
    const asked = Array.from({ length: 5 }, () => {
      const socket = connectTo(web.address);
      socket.write(writeRequest("GET /open"));
      return socket;
    });
    await until(() => arrived === 5);
    assertBusy(await read(await web.get("/open")), "The service is busy");
    assert.equal((await web.get("/ping")).status, 200);
    assert.equal((await post("modest")).status, 200);
    asked.forEach((socket) => socket.destroy());
  });
});

describe("callers of whom nobody knows who they are, or who may not call", () => {
  let web: TestWeb;
  const keys = Promise.withResolvers<void>();
  before(async () => {
    web = await startWeb({
      limits: { requestsInWork: 20, requestsOfOneClient: 5 },
      requestsPerSecond: 3,
      recall: (token) => (token === "seen-before" ? callerOf(token, ["ROLE_TEST"]) : null),
      verify: async (token) => {
        if (token === "hanging") await keys.promise;
        return token === "none" ? null : callerOf(token, []);
      },
      addRoutes: (app) => void app.get("/secured", secured, async () => ({ done: true })),
    });
  });
  after(() => web[Symbol.asyncDispose]());

  const callerOf = (client: string, authorities: readonly string[]) => ({
    client,
    actor: client,
    authorities: new Set(authorities),
  });
  const ask = (client: string) => web.get("/secured", client).then(read);

  test("hold no more than their share while their tokens are looked at, and a token that was seen before is served", async () => {
    const asked = Array.from({ length: 20 }, () => ask("hanging"));
    assertBusy(await Promise.race(asked), "The service is busy");
    assert.equal((await ask("seen-before")).status, 200);
    keys.resolve();
    const busy = (await Promise.all(asked)).filter(({ text: body }) => body.includes("The service is busy"));
    assert.equal(busy.length, 15);
  });

  for (const [client, status] of Object.entries({ none: 401, "without-a-role": 403 })) {
    test(`are told ${status} as often as others may ask, and then to wait`, async () => {
      const answers: ReadAnswer[] = [];
      while (answers.length < 3 || answers.at(-1)?.status === status) answers.push(await ask(client));
      assert.deepEqual(new Set(answers.slice(0, 3).map((answer) => answer.status)), new Set([status]));
      for (const answer of answers.slice(-1)) assertBusy(answer, "Too many requests at once");
    });
  }
});

test("a page that goes by sessions takes no token, not even one that was verified before", async () => {
  const known = { client: "mpc", actor: "mpc", authorities: new Set(["ROLE_TEST"]) };
  await using web = await startWeb({
    recall: () => known,
    addRoutes: (app) => {
      app.get("/page", { config: { access: ["ROLE_TEST"], signIn: "session" } }, async () => ({}));
      app.get("/api", secured, async () => ({}));
    },
  });
  assert.deepEqual([(await web.get("/api")).status, (await web.get("/page")).status], [200, 401]);
});

test("a route that does not say who may call it keeps the service from starting", async () => {
  const starting = startWeb({ addRoutes: (app) => void app.get("/forgotten", async () => ({})) });
  await assert.rejects(starting, /^Error: Routes do not say who may call them: \/forgotten, \/forgotten$/);
});
