import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";
import { connectTo, readAnswer, writeRequest } from "../support/raw-http.ts";
import { assertRefusal } from "../support/refusal.ts";
import { startWeb, type TestWeb } from "../support/web.ts";

const secured = { config: { access: ["ROLE_TEST"] } };
const open = { config: { access: "open" } } as const;

describe("a connection with many requests at once", () => {
  let web: TestWeb;
  let entered: number;
  const large = Buffer.alloc(16 * 1024 * 1024, "x");
  const changes = new EventEmitter();
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(changes, "change");
  };
  before(async () => {
    web = await startWeb({
      limits: { waitingRequests: 16 },
      addRoutes: (app) => {
        app.addHook("onRequest", async () => {
          entered += 1;
          changes.emit("change");
        });
        app.get("/large", open, async (_request, reply) => reply.type("application/octet-stream").send(large));
        app.get("/slow", open, () => new Promise(() => undefined));
        app.get("/ping", open, async () => ({ status: "UP" }));
      },
    });
  });
  after(() => web[Symbol.asyncDispose]());
  beforeEach(() => {
    entered = 0;
  });

  const line = (path: string) => `GET ${path} HTTP/1.1\r\nhost: service\r\n\r\n`;

  test("is answered in their order", async () => {
    const socket = connectTo(web.address);
    socket.write(`${line("/ping").repeat(8)}${writeRequest("GET /nothing")}`);
    const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    assert.deepEqual(statuses, [...Array.from({ length: 8 }, () => "200"), "404"]);
  });

  test("has none of them handled while it does not read what was answered before", async () => {
    const socket = connectTo(web.address).pause();
    socket.write(`${line("/large").repeat(3)}${writeRequest("GET /ping")}`);
    await until(() => entered === 1);
    // Others come and go meanwhile.
    for (const _ of [1, 2, 3]) assert.equal((await web.get("/ping")).status, 200);
    assert.equal(entered, 4);
    const answered = await text(socket);
    assert.deepEqual([answered.match(/HTTP\/1\.1 200/g)?.length, entered], [4, 7]);
  });

  test("is closed when more wait than may", async () => {
    const socket = connectTo(web.address);
    socket.write(line("/slow").repeat(1 + 16));
    await until(() => entered === 1);
    assert.equal((await web.get("/ping")).status, 200);
    assert.equal(socket.closed, false);
    const closed = text(socket).catch(() => "");
    socket.write(line("/slow"));
    assert.equal(await closed, "");
    assert.equal(entered, 2);
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

  test("is answered once and no more: what is late after its answer closes the connection", async () => {
    const socket = connectTo(web.address);
    socket.write("POST /nothing HTTP/1.1\r\nhost: service\r\ncontent-length: 100\r\n\r\nhalf");
    const bytes = await text(socket);
    assert.deepEqual(
      [...bytes.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status),
      ["404"],
    );
  });

  test("has all its time for the body, however short the time to answer is", async () => {
    await using patient = await startWeb({
      limits: { requestMs: 60_000, answerMs: 20 },
      addRoutes: (app) => {
        app.post("/batch", secured, async () => ({ done: true }));
        app.get("/late", secured, () => new Promise(() => undefined));
      },
    });
    const socket = connectTo(patient.address);
    const headers = ["authorization: Bearer mpc", "content-type: application/json", "content-length: 2"];
    socket.write(writeRequest("POST /batch", headers, "{"));
    // Longer than the time to answer.
    assert.equal((await patient.get("/late")).status, 503);
    socket.write("}");
    assert.equal(readAnswer(await text(socket))?.status, 200);
  });

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
