import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { createMpcApi, type MpcApi } from "../../src/sync/manage-pom-cases/mpc-api.ts";
import { startOtherServer, type OtherServer } from "../support/other-server.ts";

const html = "<html><body>Log in, A1001AA</body></html>";
const mebibyte = 1024 * 1024;
const running = new AbortController().signal;
const paths = { handover: "/api/handovers/A1001AA", allocation: "/api/allocation/A1001AA/primary_pom" };
const named = { code: 7, forename: "MOIC", surname: "POM", email: "moic.pom@example.com" };

/** Answers so, no matter what is asked. */
function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

const error = (message: string) => ({ status: "error", message });

describe("the client of Manage POM Cases", () => {
  let server: OtherServer;
  let api: MpcApi;
  let listener: RequestListener;
  let tokens: string[];
  let dropped: string[];

  before(async () => {
    server = await startOtherServer((request, response) => listener(request, response));
    const source = {
      getToken: () => Promise.resolve(`token-${tokens.push("given")}`),
      dropToken: (token: string) => void dropped.push(token),
    };
    api = createMpcApi({ tokens: source, columnLengths: { forename: 35, surname: 35, email: 254 } });
  });
  beforeEach(() => {
    tokens = [];
    dropped = [];
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const fetchHandover = (signal = running) => api.fetchHandover(server.origin + paths.handover, signal);
  const fetchAllocation = (signal = running) => api.fetchAllocation(server.origin + paths.allocation, signal);

  /** Asks for both facts, and answers how it failed and how many requests left. */
  async function failuresOf(given: RequestListener) {
    listener = given;
    const asked = server.requests.length;
    const failures = [];
    for (const fetching of [fetchHandover, fetchAllocation]) {
      const failure: unknown = await fetching().catch((raised: unknown) => raised);
      assert.ok(failure instanceof DependencyError, inspect(failure));
      assert.equal(failure.dependency, "mpc");
      assert.doesNotMatch(inspect(failure), /A1001AA|token-/);
      failures.push(failure.errorClass);
    }
    assert.equal(failures[0], failures[1]);
    return { errorClass: failures[0], requests: (server.requests.length - asked) / 2 };
  }

  describe("reads an answer about handover dates", () => {
    const dates = { kind: "dates", nomsNumber: "A1001AA", handoverDate: "2026-07-01", handoverStartDate: null };
    const rows = [
      {
        name: "as dates",
        given: answer(200, { ...dates, responsibility: "POM" }),
        means: { kind: "answer", answer: dates },
      },
      {
        name: "as no data",
        given: answer(404, error("Not found")),
        means: { kind: "answer", answer: { kind: "noData" } },
      },
      {
        name: "as a 404 that no one expects, with another text",
        given: answer(404, error("Not allocated")),
        means: "UnexpectedNotFound",
      },
      {
        name: "as a 404 that no one expects, without a text",
        given: answer(404, { error: "Not Found" }),
        means: "UnexpectedNotFound",
      },
      { name: "as a 404 that no one expects, with another shape", given: answer(404, []), means: "UnexpectedNotFound" },
      { name: "as invalid without any date", given: answer(200, { nomsNumber: "A1001AA" }), means: "InvalidAnswer" },
      {
        name: "as invalid with a date that is none",
        given: answer(200, { handoverDate: "2026-02-30" }),
        means: "InvalidAnswer",
      },
      { name: "as invalid when it is JSON of another shape", given: answer(200, "null"), means: "InvalidAnswer" },
    ];
    for (const { name, given, means } of rows) {
      it(name, async () => {
        listener = given;
        const answered = await fetchHandover();
        assert.deepEqual(answered.kind === "refused" ? answered.outcome : answered, means);
      });
    }
  });

  describe("reads an answer about an allocation", () => {
    const allocated = { kind: "allocated", prisonCode: "LEI", manager: named };
    const rows = [
      {
        name: "as allocated",
        given: answer(200, { manager: named, prison: { code: "LEI" } }),
        means: { kind: "answer", answer: allocated },
      },
      {
        name: "as deallocated",
        given: answer(404, error("Not allocated")),
        means: { kind: "answer", answer: { kind: "deallocated" } },
      },
      {
        name: "as not ready",
        given: answer(404, error("Not ready for allocation")),
        means: { kind: "answer", answer: { kind: "notReady" } },
      },
      {
        name: "as a 404 that no one expects, which is never taken for not ready, unlike in the original",
        given: answer(404, error("Not found")),
        means: "UnexpectedNotFound",
      },
      {
        name: "as invalid without an officer",
        given: answer(200, { prison: { code: "LEI" } }),
        means: "InvalidAnswer",
      },
      {
        name: "as invalid with a name that no column holds",
        given: answer(200, { manager: { ...named, surname: "x".repeat(36) }, prison: { code: "LEI" } }),
        means: "InvalidAnswer",
      },
    ];
    for (const { name, given, means } of rows) {
      it(name, async () => {
        listener = given;
        const answered = await fetchAllocation();
        assert.deepEqual(answered.kind === "refused" ? answered.outcome : answered, means);
      });
    }

    it("and says why it is invalid without telling what it holds", async () => {
      listener = answer(200, { manager: { ...named, surname: "Confidential\u0007" }, prison: { code: "LEI" } });
      const answered = await fetchAllocation();
      assert.equal(
        answered.kind === "refused" ? answered.reason : "",
        "Manage POM Cases' answer does not fit: manager.surname: holds control characters.",
      );
    });
  });

  describe("takes for a failure, and not for Manage POM Cases speaking,", () => {
    const rows = [
      { name: "a page with status 200", given: answer(200, html), errorClass: "HTTP 200 without JSON" },
      { name: "a page with status 404", given: answer(404, html), errorClass: "HTTP 404 without JSON" },
      { name: "a page with status 500", given: answer(500, html), errorClass: "HTTP 500" },
      { name: "an empty answer", given: answer(200, ""), errorClass: "HTTP 200 without JSON" },
      { name: "half an answer", given: answer(200, '{"handoverDate":'), errorClass: "HTTP 200 without JSON" },
      { name: "another success", given: answer(202, {}), errorClass: "HTTP 202" },
      { name: "a bad request", given: answer(400, error("Bad request")), errorClass: "HTTP 400" },
      { name: "a refusal", given: answer(403, error("Forbidden")), errorClass: "HTTP 403" },
      { name: "too many requests", given: answer(429, error("Not allocated")), errorClass: "HTTP 429" },
      {
        name: "an error of the server, no matter what its text",
        given: answer(500, error("Not allocated")),
        errorClass: "HTTP 500",
      },
      { name: "a gateway without a server", given: answer(502, error("Bad gateway")), errorClass: "HTTP 502" },
      { name: "a server that is not available", given: answer(503, error("Not found")), errorClass: "HTTP 503" },
      {
        name: "an answer with a Latin-1 letter",
        given: ((_request, response) => {
          response.writeHead(200, { "content-type": "application/json" });
          response.end(Buffer.from('{"manager":{"surname":"S\u00FArely"}}', "latin1"));
        }) satisfies RequestListener,
        errorClass: "answer is not UTF-8",
      },
      {
        name: "a body over 1 MiB",
        given: answer(200, JSON.stringify({ pad: "x".repeat(mebibyte) })),
        errorClass: "answer too large",
      },
      {
        name: "a connection that is cut",
        given: ((request) => request.socket.destroy()) satisfies RequestListener,
        errorClass: "UND_ERR_SOCKET",
      },
      {
        name: "an answer that breaks off",
        given: ((request, response) => {
          response.writeHead(200, { "content-length": "100" }).write("{", () => request.socket.destroy());
        }) satisfies RequestListener,
        errorClass: "UND_ERR_SOCKET",
      },
    ];
    for (const { name, given, errorClass } of rows) {
      it(name, async () => {
        assert.deepEqual(await failuresOf(given), { errorClass, requests: 1 });
      });
    }

    for (const status of [301, 302, 303, 307, 308]) {
      it(`a redirect with status ${status}, which is never followed`, async () => {
        const redirect = answer(status, {}, { location: `${server.origin}/elsewhere` });
        assert.deepEqual(await failuresOf(redirect), { errorClass: `HTTP ${status}`, requests: 1 });
      });
    }

    it("a refused connection", async () => {
      const gone = await startOtherServer();
      await gone[Symbol.asyncDispose]();
      await assert.rejects(api.fetchHandover(gone.origin + paths.handover, running), {
        dependency: "mpc",
        errorClass: "ECONNREFUSED",
      });
    });
  });

  it("reads a body of just 1 MiB", async () => {
    const body = JSON.stringify({ handoverDate: "2026-07-01", pad: "" });
    listener = answer(200, body.replace('""', `"${"x".repeat(mebibyte - body.length)}"`));
    assert.equal((await fetchHandover()).kind, "answer");
  });

  it("gives up a call of 15 seconds", async (context) => {
    const { timers } = context.mock;
    timers.enable({ apis: ["setTimeout"] });
    const good = answer(200, '{"handoverDate":"2031-07-01"}');
    listener = (request, response) => {
      timers.tick(14_999);
      good(request, response);
    };
    assert.equal((await fetchHandover()).kind, "answer");
    listener = () => timers.tick(15_000);
    await assert.rejects(fetchHandover(), { dependency: "mpc", errorClass: "TimeoutError" });
  });

  it("gives up an answer that does not end when it is asked to, and closes the connection", async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    listener = (_request, response) => {
      response.once("close", closed.resolve);
      response.writeHead(200, { "content-type": "application/json" }).write("{", () => stop.abort());
    };
    await assert.rejects(fetchHandover(stop.signal), { name: "DependencyError", dependency: "mpc" });
    await closed.promise;
  });

  it("asks no one when it is asked to stop beforehand", async () => {
    const asked = server.requests.length;
    await assert.rejects(fetchHandover(AbortSignal.abort()), { name: "AbortError" });
    assert.equal(server.requests.length, asked);
  });

  describe("when its token is refused", () => {
    const answers = (...given: readonly RequestListener[]): RequestListener => {
      const left = [...given];
      return (request, response) => left.shift()?.(request, response);
    };
    const authorizations = () => server.requests.map(({ authorization }) => authorization).slice(-2);
    const refused = answer(401, error("Valid authorisation token required"));

    it("drops it and asks once more with a fresh one", async () => {
      listener = answers(refused, answer(404, error("Not found")));
      assert.deepEqual(await fetchHandover(), { kind: "answer", answer: { kind: "noData" } });
      assert.deepEqual(authorizations(), ["Bearer token-1", "Bearer token-2"]);
      assert.deepEqual(dropped, ["token-1"]);
    });

    it("does the same after a page with status 401", async () => {
      listener = answers(answer(401, html), answer(404, error("Not found")));
      assert.equal((await fetchHandover()).kind, "answer");
    });

    it("fails after a second refusal", async () => {
      assert.deepEqual(await failuresOf(refused), { errorClass: "HTTP 401", requests: 2 });
      assert.deepEqual(tokens.length, 4);
    });
  });

  it("asks no one without a token, and says that HMPPS Auth failed", async () => {
    const asked = server.requests.length;
    const failure = new DependencyError("auth", "HTTP 503");
    const source = { getToken: () => Promise.reject(failure), dropToken: () => undefined };
    await using tokenless = createMpcApi({ tokens: source, columnLengths: { forename: 35, surname: 35, email: 254 } });
    await assert.rejects(tokenless.fetchHandover(server.origin + paths.handover, running), failure);
    assert.equal(server.requests.length, asked);
  });
});
