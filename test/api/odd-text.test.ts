import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import { writeCursor } from "../../src/platform/web/paging.ts";
import { listExamples, readApiDocument, type Operation } from "../support/read-document.ts";
import { assertRefusal } from "../support/refusal.ts";
import { startApi, type TestApi } from "../support/test-api.ts";

interface Odd {
  readonly place: string;
  readonly path: string;
  readonly body?: unknown;
}

const nul = "A\0B";
const half = "A\ud800B";

/** The value with one of its texts, at any depth, taken by an odd one; each such value once. */
function spoil(value: unknown): readonly unknown[] {
  if (typeof value === "string") return [nul, half];
  if (Array.isArray(value)) {
    const items = z.array(z.unknown()).parse(value);
    return items.flatMap((item, index) => spoil(item).map((odd) => items.with(index, odd)));
  }
  const record = z.record(z.string(), z.unknown()).safeParse(value).data ?? {};
  return Object.entries(record).flatMap(([name, part]) => spoil(part).map((odd) => ({ ...record, [name]: odd })));
}

/** Requests that are good but for one odd text. */
function listOdd({ path, parameters, requestBody }: Operation): readonly Odd[] {
  const fill = (odd?: string) =>
    parameters.reduce((filled, { name, in: place, ...parameter }) => {
      const [good = ""] = listExamples(parameter);
      const text = encodeURIComponent(name === odd ? nul : String(good));
      return place === "path" ? filled.replace(`{${name}}`, text) : filled;
    }, path);
  const [good] = Object.values(requestBody?.content ?? {}).flatMap(listExamples);
  const cursors = [1, [1, nul, half], [1, "A1001AA", half]].map(writeCursor);
  return [
    ...parameters.flatMap(({ name, in: place }) => {
      if (place === "path") return { place: name, path: fill(name), body: good };
      const values = [encodeURIComponent(nul), ...(name === "before" ? cursors.slice(1) : [])];
      return values.map((text) => ({ place: name, path: `${fill()}?${name}=${text}`, body: good }));
    }),
    ...spoil(good).map((body) => ({ place: JSON.stringify(body), path: fill(), body })),
  ];
}

describe("text that the database cannot hold", () => {
  let api: TestApi;
  let operations: readonly Operation[];
  before(async () => {
    api = await startApi({ environment: { API_REQUESTS_PER_SECOND: "1000000" } });
    operations = readApiDocument((await api.get("/v3/api-docs", { headers: {} })).body).operations;
  });
  after(() => api[Symbol.asyncDispose]());

  const authorise = async (claims: Readonly<Record<string, unknown>> = {}) => {
    const authorities = [...new Set(operations.flatMap(({ roles }) => roles))];
    return { authorization: `Bearer ${await api.issuer.sign({ authorities, ...claims })}` };
  };

  test("is a bad request wherever it stands, and never reaches the database", async () => {
    const headers = { ...(await authorise()), "content-type": "application/json" };
    let asked = 0;
    // A queue's name is only compared with that of ours; here there is no queue to ask.
    const secured = operations.filter(({ path, roles }) => roles.length > 0 && !path.startsWith("/queue-admin"));
    for (const operation of secured) {
      for (const { place, path, body } of listOdd(operation)) {
        const init = body === undefined ? { headers } : { headers, body: JSON.stringify(body) };
        const { status, text } = await api.get(path, { method: operation.method, ...init });
        // A batch says of each identifier whether it is one.
        const isSorted = operation.operationId === "getCaseRecords" && status === 200;
        assert.ok(isSorted || (status >= 400 && status < 500), `${operation.name}, ${place}: ${status} ${text}`);
        asked += 1;
      }
    }
    assert.ok(asked > 60, `${asked} were asked`);
    assert.deepEqual(api.lines, []);
  });

  test("lets no token in that names its caller so", async () => {
    const body = JSON.stringify({ reason: "A good reason" });
    for (const claims of [
      { user_name: nul },
      { user_name: half },
      { client_id: nul },
      { sub: nul, client_id: "mpc" },
    ]) {
      const headers = { ...(await authorise(claims)), "content-type": "application/json" };
      assertRefusal(await api.get("/operations/intake/pause", { method: "POST", headers, body }), 401);
    }
    assert.deepEqual(api.lines, []);
  });
});
