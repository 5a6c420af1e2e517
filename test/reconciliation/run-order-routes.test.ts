import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { startOperator, type Operator } from "./operator-fixture.ts";

const path = "/operations/reconciliations";
const reason = "The prison reported wrong dates";
const runSchema = z.object({ id: z.int(), state: z.string(), orderedBy: z.string(), selection: z.unknown() });

describe("an operator who orders a reconciliation", () => {
  let operator: Operator;
  before(async () => {
    operator = await startOperator();
    // One that differs is read again after ten seconds: until then the run is under way.
    const action = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
    await operator.service.mpc.act("A1004AA", action, { announce: false });
  });
  after(() => operator[Symbol.asyncDispose]());

  const ask: Operator["ask"] = (...asked) => operator.ask(...asked);
  const order = (selection: unknown) => ask(path, { body: { selection, reason } });
  const begin = async (selection: unknown) => {
    const { status, answer } = await order(selection);
    assert.equal(status, 200, JSON.stringify(answer));
    return runSchema.parse(answer);
  };

  it("learns which cases there are not, and what is missing", async () => {
    for (const [selection, text] of [
      [{ prison: "XXX" }, /No provider in Delius stands for prison XXX/],
      [{ nomsNumbers: ["Z9999ZZ"] }, /Z9999ZZ is not found: no case in Delius has this NOMS number/],
      [{ crns: ["X999999"] }, /X999999 is not found: no case in Delius has this CRN/],
      [{ sample: 0 }, /Send/],
      [{ all: true, prison: "LEI" }, /Send/],
    ] as const) {
      const { status, answer } = await order(selection);
      assert.equal(status, 400);
      assert.match(JSON.stringify(answer), text);
    }
    assert.equal((await ask(path, { body: { selection: { all: true } } })).status, 400);
    assert.equal((await ask(path, { role: "VIEW", body: { selection: { all: true }, reason } })).status, 403);
    assert.equal((await operator.database.query("select from mpc_delius.reconciliation_run")).length, 0);
  });

  it("has one at a time, on the record, and is answered the same one for the same cases", async () => {
    const run = await begin({ all: true });
    assert.deepEqual([run.state, run.orderedBy, run.selection], ["running", "A_PERSON", { all: true }]);
    assert.equal((await begin({ all: true })).id, run.id);
    const { status, answer } = await order({ nomsNumbers: ["A1001AA"] });
    assert.equal(status, 409);
    assert.match(JSON.stringify(answer), /Another reconciliation is under way/);
    const recorded = await operator.database.query(
      "select actor, action, reason, subject from mpc_delius.operator_action",
    );
    const subject = { reconciliationRun: run.id, selection: { all: true } };
    assert.deepEqual(recorded, [{ actor: "A_PERSON", action: "reconcile", reason, subject }]);
  });

  it("cancels it, once, and may order another", async () => {
    const { id } = await begin({ all: true });
    const cancel = `${path}/${id}/cancel`;
    assert.equal((await ask(cancel, { role: "VIEW", body: { reason } })).status, 403);
    assert.equal((await ask(`${path}/999999/cancel`, { body: { reason } })).status, 404);
    const { status, answer } = await ask(cancel, { body: { reason } });
    assert.deepEqual([status, runSchema.parse(answer).state], [200, "cancelled"]);
    assert.equal((await ask(cancel, { body: { reason } })).status, 409);
    assert.equal((await ask(`${path}/${id}/repair`)).status, 400);
    assert.notEqual((await begin({ crns: ["X100001"] })).id, id);
  });
});
