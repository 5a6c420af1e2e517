import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";
import { startApi, type TestApi } from "../support/test-api.ts";
import { connectTo, readAnswer, writeRequest } from "../support/raw-http.ts";
import { assertRefusal, type ReadAnswer } from "../support/refusal.ts";
import { startWeb, type TestWeb } from "../support/web.ts";

const secured = { config: { access: ["ROLE_TEST"] } };
const open = { config: { access: "open" } } as const;

async function read(response: Response): Promise<ReadAnswer> {
  return { status: response.status, headers: response.headers, text: await response.text() };
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

  test("is told to wait a second, and others are not", async () => {
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

  test("is counted over all addresses that need a token, and by none that does not", async () => {
    const paths = ["/case-records/X100001", "/case-records/X100001/risks/mappa", "/case-records/X100001/risks/rosh"];
    const secure = Array.from({ length: 20 }, () => paths).flat();
    const [refused, free] = await Promise.all([
      Promise.all(secure.map((path) => askAs("wide", path))),
      Promise.all(Array.from({ length: 20 }, () => askAs("wide", "/health/liveness"))),
    ]);
    assert.ok(refused.some(({ status }) => status === 503));
    assert.deepEqual(new Set(free.map(({ status }) => status)), new Set([200]));
  });

  test("finds the correlation id of each refusal in the log, and no more there", () => {
    assert.ok(api.lines.length > 0);
    for (const line of api.lines) {
      assert.match(
        line,
        /^\{"correlationId":"[\da-f-]{36}","route":"\/case-records[^"]*","errorClass":"HttpError","message":"a request failed"\}$/,
      );
    }
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

describe("a slow client", () => {
  let web: TestWeb;
  before(async () => {
    web = await startWeb({
      limits: { requestMs: 150, checkMs: 20, stallMs: 400, idleMs: 100, graceMs: 100 },
      addRoutes: (app) => {
        app.get("/ping", open, async () => ({ status: "UP" }));
        app.post("/batch", secured, async () => ({ done: true }));
      },
    });
  });
  after(() => web[Symbol.asyncDispose]());

  const sendAndListen = async (bytes: string) => {
    const socket = connectTo(web.address);
    socket.write(bytes);
    return text(socket);
  };

  const halves: Readonly<Record<string, string>> = {
    "half a line": "GET /pi",
    "half of the headers": "GET /ping HTTP/1.1\r\nhost: service\r\nx-",
    "half of the body": writeRequest(
      "POST /batch",
      ["authorization: Bearer mpc", "content-type: application/json", "content-length: 100"],
      '{"a',
    ),
  };
  for (const [name, bytes] of Object.entries(halves)) {
    test(`is cut off after ${name}: 408`, async () => {
      assertRefusal(readAnswer(await sendAndListen(bytes)), 408);
    });
  }

  test("that says nothing at all is cut off", async () => {
    const answer = readAnswer(await sendAndListen(""));
    if (answer !== null) assertRefusal(answer, 408);
  });

  test("keeps no connection that it does not use", async () => {
    const socket = connectTo(web.address);
    socket.write("GET /ping HTTP/1.1\r\nhost: service\r\n\r\n");
    assert.equal(readAnswer(await text(socket))?.status, 200);
  });

  test("does not hold up a server that stops; what is in work is finished, within its time", async () => {
    const { promise: held, resolve: finish } = Promise.withResolvers<void>();
    const inWork = Promise.withResolvers<void>();
    const other = await startWeb({
      limits: { graceMs: 60_000 },
      addRoutes: (app) =>
        void app.get("/slow", secured, async () => {
          inWork.resolve();
          await held;
          return { done: true };
        }),
    });
    const silent = connectTo(other.address);
    const halfway = connectTo(other.address);
    halfway.write("GET /pi");
    await Promise.all([once(silent, "connect"), once(halfway, "connect")]);
    const answer = other.get("/slow");
    await inWork.promise;
    const closed = Promise.all([silent, halfway].map((socket) => text(socket).catch(() => "")));
    const stopped = other[Symbol.asyncDispose]();
    finish();
    assert.deepEqual(await (await answer).json(), { done: true });
    await stopped;
    assert.deepEqual(await closed, ["", ""]);
  });

  test("is not waited for beyond the time of grace", async () => {
    const inWork = Promise.withResolvers<void>();
    const other = await startWeb({
      limits: { graceMs: 50, answerMs: 60_000 },
      addRoutes: (app) =>
        void app.get("/endless", secured, () => {
          inWork.resolve();
          return new Promise(() => undefined);
        }),
    });
    const answer = assert.rejects(other.get("/endless"), TypeError);
    await inWork.promise;
    await other[Symbol.asyncDispose]();
    await answer;
  });
});

test("a route that does not say who may call it keeps the service from starting", async () => {
  const starting = startWeb({ addRoutes: (app) => void app.get("/forgotten", async () => ({})) });
  await assert.rejects(starting, /^Error: Routes do not say who may call them: \/forgotten, \/forgotten$/);
});
