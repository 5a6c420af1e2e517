import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { machineClocks } from "../../src/platform/time/clocks.ts";
import { startHmppsAuth, type HmppsAuth } from "../../sandbox/auth-server.ts";
import { startSimulator, type Simulator } from "../../sandbox/mpc/simulator.ts";
import { createTokenSource, createMpcApi, type MpcApi } from "../../src/sync/manage-pom-cases/mpc-api.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { paths } from "../support/messages.ts";

const client = { id: "service", secret: "s3cret", authorities: ["ROLE_MANAGE_POM_CASES"] };
const manager = { code: 485_637, forename: "MOIC", surname: "POM", email: "moic.pom@example.com" };
const running = new AbortController().signal;
const noms = "A1001AA";

describe("the client and the simulator of Manage POM Cases agree about", () => {
  const resources = new AsyncDisposableStack();
  let mpc: Simulator;
  let api: MpcApi;
  let auth: HmppsAuth;

  before(async () => {
    auth = resources.use(await startHmppsAuth({ clients: [client] }));
    const { issuer, jwksUrl, tokenUrl } = auth;
    mpc = resources.use(await startSimulator({ issuer, jwksUrl, publish: () => Promise.resolve("message") }));
    const tokens = createTokenSource(
      { tokenUrl, clientId: client.id, clientSecret: secret(client.secret) },
      machineClocks.uptime,
    );
    api = resources.use(createMpcApi({ tokens, columnLengths: { forename: 35, surname: 35, email: 254 } }));
  });
  after(() => resources.disposeAsync());

  const fetchAllocation = () => api.fetchAllocation(mpc.origin + paths.allocation(noms), running);
  const fetchHandover = () => api.fetchHandover(mpc.origin + paths.handover(noms), running);

  it("a prisoner of whom nothing is known", async () => {
    assert.deepEqual(await fetchAllocation(), { kind: "answer", answer: { kind: "notReady" } });
    assert.deepEqual(await fetchHandover(), { kind: "answer", answer: { kind: "noData" } });
  });

  it("a prisoner who is allocated", async () => {
    await mpc.act(noms, { kind: "allocate", manager, prison: "LEI" });
    const answer = { kind: "allocated", prisonCode: "LEI", manager };
    assert.deepEqual(await fetchAllocation(), { kind: "answer", answer });
  });

  it("a prisoner who is deallocated", async () => {
    await mpc.act(noms, { kind: "deallocate" });
    assert.deepEqual(await fetchAllocation(), { kind: "answer", answer: { kind: "deallocated" } });
  });

  it("handover dates, one of them null", async () => {
    await mpc.act(noms, { kind: "setHandover", handoverDate: "2026-07-01", handoverStartDate: null });
    const answer = { kind: "dates", nomsNumber: noms, handoverDate: "2026-07-01", handoverStartDate: null };
    assert.deepEqual(await fetchHandover(), { kind: "answer", answer });
  });

  it("a prisoner who is released", async () => {
    await mpc.act(noms, { kind: "release" });
    const answer = { kind: "dates", nomsNumber: noms, handoverDate: null, handoverStartDate: null };
    assert.deepEqual(await fetchHandover(), { kind: "answer", answer });
    assert.deepEqual(await fetchAllocation(), { kind: "answer", answer: { kind: "deallocated" } });
  });

  it("the token, which one request to HMPPS Auth has given for all calls", async () => {
    await Promise.all(Array.from({ length: 20 }, fetchHandover));
    assert.ok(mpc.requests().every(({ isAuthorized }) => isAuthorized));
    assert.equal(auth.requests(), 1);
  });
});
