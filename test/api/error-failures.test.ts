import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { deliusTimeSchema } from "../../src/platform/time/london-time.ts";
import { UnreadableRowError } from "../../src/platform/database/database-failure.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { HttpError } from "../../src/platform/web/http-error.ts";
import { startApi, type ApiResponse, type TestApi } from "../support/test-api.ts";
import { assertRefusal, findLeaks } from "../support/refusal.ts";
import { startWeb, type TestWeb } from "../support/web.ts";

const internals =
  "select crn from offender where crn = 'X100001' failed at db.internal:5432 for Dana Okafor (dana.okafor@example.com)";
const secrets = /X100001|A1001AA|Okafor|example\.com|internal|offender|select/i;

const failures: Readonly<Record<string, () => unknown>> = {
  "an error": () => Promise.reject(new Error(internals)),
  "an error at once": () => {
    throw new TypeError(internals);
  },
  "an error with a cause": () => Promise.reject(new Error(internals, { cause: new Error(internals) })),
  "an error that calls itself a success": () =>
    Promise.reject(Object.assign(new Error(internals), { statusCode: 200 })),
  "an error that calls itself a failure": () =>
    Promise.reject(Object.assign(new Error(internals), { statusCode: 502 })),
  "an error with a name and a number for a code": () =>
    Promise.reject(Object.assign(new Error(internals), { code: 49, name: "" })),
  "an answer that cannot be written": () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    return circle;
  },
  "an answer that is no JSON": () => ({ huge: 10n }),
};

const unavailable: Readonly<Record<string, Error>> = {
  "a dependency that is down": new DependencyError("database", "08006", new Error(internals)),
  "a directory that is down": new DependencyError("directory", "ECONNREFUSED", new Error(internals)),
};

function addFailures(app: FastifyInstance): void {
  const config = { access: ["ROLE_TEST"] };
  const raise = (error: Error) => () => {
    throw error;
  };
  const officer = z.object({ staffId: z.int(), end_date: deliusTimeSchema });
  const row = { staffId: 7, end_date: "infinity" };
  const { error: fault } = officer.safeParse(row);
  assert.ok(fault);
  const errors = [...Object.values(unavailable), new UnreadableRowError("find-officer", row, fault)];
  const all = [...Object.values(failures), ...errors.map(raise)];
  for (const [index, fail] of all.entries()) app.get(`/fail/${index}/:identifier`, { config }, fail);
  app.get("/refused", { config }, () => {
    throw new HttpError({ status: 404, message: "Nobody", headers: { "x-reason": "none" } });
  });
}

describe("a route that fails", () => {
  let web: TestWeb;
  before(async () => {
    web = await startWeb({ addRoutes: addFailures });
  });
  after(() => web[Symbol.asyncDispose]());

  const fail = async (index: number, status: number) => {
    const earlier = web.lines.length;
    const response = await web.get(`/fail/${index}/X100001?name=Okafor`);
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    const body = assertRefusal(answer, status);
    const correlationId = response.headers.get("x-correlation-id") ?? "";
    const [line = "", ...more] = web.lines.slice(earlier);
    assert.deepEqual(more, []);
    assert.match(line, new RegExp(`"correlationId":"${correlationId}"`));
    assert.match(body.developerMessage, new RegExp(`; correlation id ${correlationId}$`));
    // The class of an error is what an operator goes by.
    for (const text of [answer.text, line.replace(/"errorClass":"\w*"/, "")]) {
      assert.deepEqual([findLeaks(text), secrets.exec(text)], [[], null]);
    }
    return { line, message: body.message, headers: response.headers };
  };

  Object.keys(failures).forEach((name, index) => {
    test(`with ${name} does not say why: 500`, async () => {
      const { message, line } = await fail(index, 500);
      assert.equal(message, "Something went wrong in the service");
      assert.match(line, /"route":"\/fail\/\d+\/:identifier","errorClass":"\w*","message":"request failed"/);
    });
  });

  Object.keys(unavailable).forEach((name, index) => {
    test(`with ${name} asks for patience: 503`, async () => {
      const { message, line, headers } = await fail(Object.keys(failures).length + index, 503);
      assert.deepEqual([message, headers.get("retry-after")], ["The service cannot answer at the moment", "5"]);
      assert.match(line, /"dependency":"(database|directory)","errorClass":"(08006|ECONNREFUSED)"/);
    });
  });

  test("with a row that cannot be read does not say which, and the log does: 500", async () => {
    const { line } = await fail(Object.keys(failures).length + Object.keys(unavailable).length, 500);
    assert.match(line, /"reason":"What find-officer reads does not fit: staff 7, end_date: is not a time\."/);
  });

  test("on purpose says so, with its headers, and leaves no line", async () => {
    const earlier = web.lines.length;
    const response = await web.get("/refused");
    assert.equal(response.headers.get("x-reason"), "none");
    assertRefusal({ status: response.status, headers: response.headers, text: await response.text() }, 404);
    assert.equal(web.lines.length, earlier);
  });
});

describe("a database that is not as it was", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api[Symbol.asyncDispose]());

  const paths = ["X100001", "A1001AA", "X100001/risks/mappa", "X100001/risks/rosh"].map(
    (path) => `/case-records/${path}`,
  );

  const askBatch = () => api.post("/case-records/batch", { identifiers: ["X100001", "A1002AA"] });

  // The log names a row by table and key.
  const withoutRow = (line: string) => line.replaceAll("offender 1, registration", "");

  const assertQuiet = async (asked: readonly (() => Promise<ApiResponse>)[], status: number) => {
    const earlier = api.lines.length;
    const answers = await Promise.all(asked.map((ask) => ask()));
    const lines = api.lines.slice(earlier);
    for (const answer of answers) {
      assertRefusal(answer, status);
      const told = `"correlationId":"${answer.headers.get("x-correlation-id")}"`;
      assert.equal(lines.filter((line) => line.includes(told)).length, 1);
    }
    assert.equal(lines.length, answers.length);
    const texts = [...answers.map(({ text }) => text), ...lines.map(withoutRow)];
    assert.deepEqual([texts.flatMap(findLeaks), texts.flatMap((text) => secrets.exec(text) ?? [])], [[], []]);
  };

  test("because a table is missing does not say which: 503, and the log has no SQL", async () => {
    await api.database.query("alter table registration rename to registration_elsewhere");
    await assertQuiet([...paths.map((path) => () => api.get(path)), askBatch], 503);
    await api.database.query("alter table registration_elsewhere rename to registration");
    assert.equal((await api.get("/case-records/X100001")).status, 200);
  });

  test("because it holds what we cannot read does not say what: 500, and the log has no value", async () => {
    await api.database.query(
      "update registration set registration_date = '-infinity' where offender_id = (select offender_id from offender where crn = 'X100001')",
    );
    await assertQuiet(
      paths.map((path) => () => api.get(path)),
      500,
    );
    const earlier = api.lines.length;
    const { status, text } = await askBatch();
    const lines = withoutRow(api.lines.slice(earlier).join());
    assert.deepEqual([status, findLeaks(text), findLeaks(lines), secrets.exec(lines)], [200, [], [], null]);
  });
});
