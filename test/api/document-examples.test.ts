import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startApi, type ApiResponse, type TestApi } from "../support/test-api.ts";
import {
  listAddresses,
  listExamples,
  readApiDocument,
  type ApiDocument,
  type Operation,
} from "../support/read-document.ts";
import { startWeb } from "../support/web.ts";

const correlationId = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g;

interface Asked {
  readonly address?: string;
  /** Null: without a token. */
  readonly authorization?: string | null;
  readonly body?: string;
  readonly type?: string;
  readonly method?: string;
}

/** The request that the first examples of an operation make. */
function describeRequest(operation: Operation) {
  const { method, path } = operation;
  const [address = path] = listAddresses(operation);
  const [body = null] = listBodies(operation);
  return { method, address, body, type: "application/json" };
}

function listBodies({ requestBody }: Operation): readonly string[] {
  const examples = Object.values(requestBody?.content ?? {}).flatMap(listExamples);
  return examples.map((example) => JSON.stringify(example));
}

describe("an example of the API's document", () => {
  let api: TestApi;
  let document: ApiDocument;
  before(async () => {
    api = await startApi();
    document = readApiDocument((await api.get("/v3/api-docs", { headers: {} })).body);
  });
  after(() => api[Symbol.asyncDispose]());

  const ask = async (operation: Operation, asked: Asked = {}): Promise<ApiResponse> => {
    const signed = async () => `Bearer ${await api.issuer.sign({ authorities: operation.roles.slice(0, 1) })}`;
    const { authorization = await signed(), ...request } = asked;
    const { address, method, body, type } = { ...describeRequest(operation), ...request };
    return api.get(address, {
      method,
      headers: {
        ...(authorization === null ? {} : { authorization }),
        ...(body === null ? {} : { "content-type": type }),
      },
      ...(body === null ? {} : { body }),
    });
  };

  /** Fails unless the document foretells the answer: status, headers, content type and shape. Answers the example. */
  const requireDocumented = ({ name, responses }: Operation, { status, headers, body, text }: ApiResponse): unknown => {
    const response = responses[status] ?? responses["default"];
    assert.ok(response !== undefined, `${name} answered ${status}, of which the document does not tell`);
    const type = headers.get("content-type")?.split(";")[0] ?? "";
    const media = response.content?.[type];
    assert.ok(media !== undefined, `${name} answered ${status} with ${type}`);
    const validate = document.compile(media.schema);
    assert.ok(validate(body ?? text), `${name} ${status}: ${JSON.stringify(validate.errors)} ${text}`);
    for (const header of Object.keys(response.headers ?? {})) {
      assert.notEqual(headers.get(header), null, `${name} ${status} without ${header}`);
    }
    return listExamples(media)[0];
  };

  test("is asked of the running service, and each answer is as the document foretells", async () => {
    for (const operation of document.operations) {
      const bodies = listBodies(operation);
      const requests = bodies.length > 0 ? bodies.map((body) => ({ body })) : [{}];
      for (const address of listAddresses(operation)) {
        for (const request of requests) requireDocumented(operation, await ask(operation, { address, ...request }));
      }
    }
  });

  const find = (operationId: string): Operation => {
    const found = document.operations.find((operation) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`The document has no operation ${operationId}.`);
    return found;
  };
  const assertExact = async (operationId: string, asked: Asked, status: number) => {
    const operation = find(operationId);
    const answer = await ask(operation, asked);
    assert.equal(answer.status, status, answer.text);
    const example = requireDocumented(operation, answer);
    assert.deepEqual(answer.body, example, `${operationId} ${status}`);
  };

  const exact: readonly (readonly [operationId: string, status: number, asked?: Asked])[] = [
    ["getCaseRecord", 200],
    ["getCaseRecord", 400, { address: "/case-records/nobody" }],
    ["getCaseRecord", 401, { authorization: null }],
    ["getCaseRecord", 404, { address: "/case-records/X999999" }],
    ["getCaseRecord", 405, { method: "DELETE" }],
    ["getCaseRecords", 200],
    ["getCaseRecords", 400, { body: "{}" }],
    ["getCaseRecords", 401, { authorization: null }],
    ["getCaseRecords", 413, { body: " ".repeat(65_537) }],
    ["getCaseRecords", 415, { body: "X100001", type: "text/csv" }],
    ["getMappa", 200],
    ["getMappa", 400, { address: "/case-records/A1001AA/risks/mappa" }],
    ["getMappa", 401, { authorization: null }],
    ["getMappa", 404, { address: "/case-records/X999999/risks/mappa" }],
    ["getRosh", 200],
    ["getRosh", 400, { address: "/case-records/A1001AA/risks/rosh" }],
    ["getRosh", 401, { authorization: null }],
    ["getRosh", 404, { address: "/case-records/X999999/risks/rosh" }],
  ];
  for (const [operationId, status, asked = {}] of exact) {
    test(`of ${operationId} ${status} is what the service answers, to the letter`, () =>
      assertExact(operationId, asked, status));
  }

  test("of a refusal for want of a role is what the service answers, to the letter", async () => {
    const authorization = `Bearer ${await api.issuer.sign({ authorities: ["ROLE_OTHER"] })}`;
    for (const id of ["getCaseRecord", "getCaseRecords", "getMappa", "getRosh"])
      await assertExact(id, { authorization }, 403);
  });

  test("of a failure is what the service answers, but for the correlation id", async () => {
    await using web = await startWeb({
      addRoutes: (app) => {
        app.get("/bug", { config: { access: "open" } }, () => Promise.reject(new Error("a bug")));
      },
    });
    const bug = (await (await web.get("/bug")).text()).replaceAll(correlationId, "id");
    const secured = document.operations.filter(({ roles }) => roles.length > 0);
    for (const operation of secured) {
      const [example] = listExamples(operation.responses["500"]?.content?.["application/json"] ?? {});
      assert.equal(JSON.stringify(example).replaceAll(correlationId, "id"), bug, operation.name);
    }
    await api.database.query("alter table offender rename to offender_elsewhere");
    for (const id of ["getCaseRecord", "getCaseRecords", "getMappa", "getRosh"]) {
      const answer = await ask(find(id));
      assert.equal(answer.status, 503);
      const example = JSON.stringify(requireDocumented(find(id), answer)).replaceAll(correlationId, "id");
      assert.equal(answer.text.replaceAll(correlationId, "id"), example);
    }
    await api.database.query("alter table offender_elsewhere rename to offender");
  });
});
