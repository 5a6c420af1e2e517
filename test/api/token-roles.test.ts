import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startApi, type TestApi } from "../support/test-api.ts";
import { listAddresses, listExamples, readApiDocument, type Operation } from "../support/read-document.ts";
import { makePair, signToken } from "../support/issuer.ts";
import { assertRefusal } from "../support/refusal.ts";

/** Roles that other services of the same HMPPS Auth know, or that look almost like ours. */
const foreign = ["ROLE_COMMUNITY", "ROLE_ADMIN", "ROLE_MANAGE_POM_CASES_ADMIN", "role_manage_pom_cases", "ROLE_"];

describe("every operation of the document", () => {
  let api: TestApi;
  let operations: readonly Operation[];
  let everyRole: readonly string[];
  before(async () => {
    api = await startApi();
    operations = readApiDocument((await api.get("/v3/api-docs", { headers: {} })).body).operations;
    everyRole = [...new Set(operations.flatMap(({ roles }) => roles)), ...foreign];
  });
  after(() => api[Symbol.asyncDispose]());

  const ask = async (operation: Operation, token: string | null) => {
    const [address = operation.path] = listAddresses(operation);
    const [body] = Object.values(operation.requestBody?.content ?? {}).flatMap(listExamples);
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return api.get(address, { method: operation.method, headers, ...content });
  };

  const badTokens = async (): Promise<Readonly<Record<string, string | null>>> => {
    const stranger = await makePair(api.issuer.pair().kid);
    const claims = { iss: api.issuer.issuer, exp: 9_999_999_999, authorities: everyRole };
    return {
      none: null,
      garbage: "garbage",
      expired: await api.issuer.sign({ authorities: everyRole, exp: 1 }),
      "of another issuer": await api.issuer.sign({ authorities: everyRole, iss: "https://another.example.com" }),
      "of another key": signToken(stranger, { header: {}, claims }),
    };
  };

  test("that needs a role lets no one in without a good token: 401", async () => {
    const secured = operations.filter(({ roles }) => roles.length > 0);
    assert.ok(secured.length >= 4);
    for (const [name, token] of Object.entries(await badTokens())) {
      for (const operation of secured) {
        const answer = await ask(operation, token);
        assert.equal(answer.status, 401, `${operation.name} with token ${name}`);
        assertRefusal(answer, 401);
      }
    }
  });

  test("lets in with each role that it names, and with no other: 403", async () => {
    for (const operation of operations.filter(({ roles }) => roles.length > 0)) {
      for (const role of [...everyRole, null]) {
        const token = await api.issuer.sign({ authorities: role === null ? [] : [role] });
        const { status } = await ask(operation, token);
        const isIn = status !== 401 && status !== 403;
        assert.equal(
          isIn,
          role !== null && operation.roles.includes(role),
          `${operation.name} with ${role}: ${status}`,
        );
        if (!isIn) assert.equal(status, 403, `${operation.name} with ${role}`);
      }
      const others = everyRole.filter((role) => !operation.roles.includes(role));
      const crowd = await ask(operation, await api.issuer.sign({ authorities: others }));
      assert.equal(crowd.status, 403, `${operation.name} with all others`);
    }
  });

  test("that needs no role asks for no token, and minds no bad one", async () => {
    const open = operations.filter(({ roles }) => roles.length === 0);
    assert.ok(open.length >= 6);
    for (const token of Object.values(await badTokens())) {
      for (const operation of open) {
        const { status } = await ask(operation, token);
        assert.ok([200, 503].includes(status), `${operation.name}: ${status}`);
      }
    }
  });

  test("that is open is one that the specification opens", () => {
    const open = operations.filter(({ roles }) => roles.length === 0).map(({ path }) => path);
    const allowed = new Set("/health /health/readiness /health/liveness /health/ping /ping /info /metrics".split(" "));
    assert.deepEqual(
      open.filter((path) => !allowed.has(path)),
      [],
    );
  });
});

describe("roles that are configured", () => {
  test("take the place of the standard ones, in the document too", async () => {
    await using api = await startApi({ environment: { AUTH_ROLES: "ROLE_NEW,ROLE_NEWER" } });
    const { operations } = readApiDocument((await api.get("/v3/api-docs", { headers: {} })).body);
    const record = operations.find(({ operationId }) => operationId === "getCaseRecord");
    assert.deepEqual(record?.roles, ["ROLE_NEW", "ROLE_NEWER"]);
    const statuses = ["ROLE_NEW", "ROLE_NEWER", "ROLE_MANAGE_POM_CASES"].map(async (role) => {
      const authorization = `Bearer ${await api.issuer.sign({ authorities: [role] })}`;
      return (await api.get("/case-records/X100001", { headers: { authorization } })).status;
    });
    assert.deepEqual(await Promise.all(statuses), [200, 200, 403]);
  });
});
