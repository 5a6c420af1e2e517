import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { startIssuer, type Issuer } from "../support/issuer.ts";
import { startService, type TestService } from "../support/service.ts";

const target = "A1004AA";
const path = { drift: `/operations/drift/${target}`, refresh: "/operations/refresh" };
const sentSchema = z.object({ refreshRun: z.string(), inboxKeys: z.tuple([z.string()]) });

describe("an operator", () => {
  let issuer: Issuer;
  let service: TestService;
  before(async () => {
    issuer = await startIssuer();
    const environment = { AUTH_ISSUER: issuer.issuer, AUTH_JWKS_URL: issuer.jwksUrl };
    service = await startService({ environment });
    const action = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
    await service.mpc.act(target, action, { announce: false });
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  const ask = async (address: string, { role = "OPERATE", body }: { role?: string; body?: unknown } = {}) => {
    const token = await issuer.sign({ authorities: [`ROLE_MPC_DELIUS_${role}`], user_name: "A_PERSON" });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const asked = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
    const response = await fetch(service.address + address, asked);
    const answer: unknown = await response.json();
    return { status: response.status, answer };
  };
  const order = { nomsNumbers: [target], reason: "It looks wrong" };
  const listDates = () => service.database.query("select from key_date where custody_id = 40 and soft_deleted = 0");

  it("sees how a case differs", async () => {
    const { status, answer } = await ask(path.drift, { role: "VIEW" });
    assert.equal(status, 200);
    assert.deepEqual(answer, {
      nomsNumber: target,
      differences: [
        {
          fact: "handover",
          class: "date-missing",
          outcome: "KeyDateCreated",
          inMpc: { kind: "dates", nomsNumber: target, handoverDate: "2027-01-02", handoverStartDate: null },
          inDelius: { keyDates: [] },
        },
      ],
    });
  });

  it("is told which case is not there, and which number is none", async () => {
    assert.equal((await ask("/operations/drift/A9999AA")).status, 404);
    assert.equal((await ask("/operations/drift/nobody")).status, 400);
  });

  it("refreshes it in a dry run unless they say otherwise, on the record", async () => {
    const dry = sentSchema.parse((await ask(path.refresh, { body: order })).answer);
    await service.settled(dry.inboxKeys[0]);
    assert.equal((await listDates()).length, 0);
    const real = sentSchema.parse((await ask(path.refresh, { body: { ...order, dryRun: false } })).answer);
    await service.settled(real.inboxKeys[0]);
    assert.equal((await listDates()).length, 1);
    assert.deepEqual((await ask(path.drift)).answer, { nomsNumber: target, differences: [] });
    const recorded = await service.database.query(
      "select actor, reason, subject from mpc_delius.operator_action where action = 'refresh' order by operator_action_id",
    );
    assert.equal(recorded.length, 2);
    assert.deepEqual(recorded[1], {
      actor: "A_PERSON",
      reason: order.reason,
      subject: { inboxKeys: real.inboxKeys, dryRun: false, removeStale: false },
    });
  });

  it("refreshes nothing with a viewer's role, without a reason, or while the intake is paused", async () => {
    assert.equal((await ask(path.refresh, { role: "VIEW", body: order })).status, 403);
    assert.equal((await ask(path.refresh, { body: { nomsNumbers: [target] } })).status, 400);
    await service.database.query("update mpc_delius.intake_state set running = false");
    assert.equal((await ask(path.refresh, { body: order })).status, 503);
  });
});
