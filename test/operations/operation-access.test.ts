import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { listAddresses, listExamples, readApiDocument, type Operation } from "../support/read-document.ts";
import { roles, startOperations, type Operations } from "./operations-fixture.ts";

const { view, operate, queueAdmin } = roles;

/** Who may call what: reads, state changes, queues. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "GET /operations/messages": [view, operate],
  "GET /operations/messages/{inboxKey}": [view, operate],
  "GET /operations/quarantine": [view, operate],
  "GET /operations/quarantine/messages": [view, operate],
  "POST /operations/quarantine/preview": [view, operate],
  "POST /operations/quarantine/replay": [operate],
  "POST /operations/quarantine/discard": [operate],
  "POST /operations/quarantine/cancel": [operate],
  "POST /operations/quarantine/group-replays": [operate],
  "GET /operations/quarantine/group-replays/{id}": [view, operate],
  "POST /operations/quarantine/group-replays/{id}/cancel": [operate],
  "POST /operations/quarantine/restore": [operate],
  "GET /operations/waiting": [view, operate],
  "GET /operations/waiting/cases": [view, operate],
  "POST /operations/waiting/dismiss": [operate],
  "GET /operations/intake": [view, operate],
  "POST /operations/intake/pause": [operate],
  "POST /operations/intake/resume": [operate],
  "GET /operations/actions": [view, operate],
  "GET /operations/actions/{id}": [view, operate],
  "GET /operations/dead-letters": [view, operate],
  "POST /operations/dead-letters/redrive": [operate],
  "PUT /queue-admin/retry-dlq/{dlqName}": [queueAdmin],
  "PUT /queue-admin/retry-all-dlqs": [queueAdmin],
  "PUT /queue-admin/purge-queue/{queueName}": [queueAdmin],
  "GET /queue-admin/get-dlq-messages/{dlqName}": [queueAdmin],
};

const somebodyElses = ["ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL", "ROLE_MANAGE_POM_CASES", "ROLE_ADMIN"];

describe("the routes of operators", () => {
  let operations: Operations;
  let documented: readonly Operation[];
  before(async () => {
    operations = await startOperations();
    documented = readApiDocument((await operations.ask("GET /v3/api-docs", { roles: null })).body).operations;
  });
  after(() => operations[Symbol.asyncDispose]());

  const call = (operation: Operation, held: readonly string[] | null) => {
    const [address = operation.path] = listAddresses(operation);
    const [body] = Object.values(operation.requestBody?.content ?? {}).flatMap(listExamples);
    return operations.ask(`${operation.method} ${address}`, { roles: held, body });
  };

  it("name in the document who may call them", () => {
    assert.deepEqual(Object.fromEntries(documented.map(({ name, roles: named }) => [name, named])), expected);
  });

  for (const [name, allowed] of Object.entries(expected)) {
    it(`${name} lets in ${allowed.join(", ")} and nobody else`, async () => {
      const operation = documented.find((one) => one.name === name);
      assert.ok(operation);
      assert.equal((await call(operation, null)).status, 401);
      assert.equal((await call(operation, [])).status, 403);
      for (const role of [...Object.values(roles), ...somebodyElses]) {
        const { status } = await call(operation, [role]);
        // Whoever is let in gets past the door: what is behind it may be missing in this test.
        assert.equal(status !== 401 && status !== 403, allowed.includes(role), `${role}: ${status}`);
      }
    });
  }

  it("tell callers nothing of what is behind them when it fails", async () => {
    const { status, text } = await operations.ask("PUT /queue-admin/retry-all-dlqs");
    assert.equal(status, 500);
    assert.doesNotMatch(text, /Nobody is to be asked|\.ts/);
  });

  it("are described with examples that fit", async () => {
    const document = readApiDocument((await operations.ask("GET /v3/api-docs", { roles: null })).body);
    const faults = document.operations.flatMap(({ name, parameters, requestBody, responses }) => {
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      const media = contents.flatMap((content = {}) => Object.values(content));
      return [...parameters, ...media].flatMap((part) => {
        const validate = document.compile(part.schema);
        const examples = listExamples(part);
        const wrong = examples.filter((example) => !validate(example)).map((example) => JSON.stringify(example));
        return examples.length === 0 ? [`${name}: no example`] : wrong.map((example) => `${name}: ${example}`);
      });
    });
    assert.deepEqual(faults, []);
  });
});
