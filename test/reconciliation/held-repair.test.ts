import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { fewFirst } from "../../src/operations/action/few-first.ts";
import { actionPageSchema } from "../../src/operations/action/action.ts";
import { repairAnswerSchema, runPageSchema } from "../../src/operations/reconciliation/run-schema.ts";
import { refreshedPageSchema, refreshRunSchema } from "../../src/operations/refresh/refresh-schema.ts";
import { startDriftOperator, type DriftOperator } from "./operator-fixture.ts";

const reason = "These are lost events";
const path = (refreshRun: string) => `/operations/refresh/${refreshRun}`;

describe("a repair of many cases", { timeout: 300_000 }, () => {
  let operator: DriftOperator;
  let reconciliation: number;
  before(async () => {
    operator = await startDriftOperator();
    await operator.run("reconcile", "--settle", "0", "--rate", "1000");
    const [run] = runPageSchema.parse(await see("/operations/reconciliations")).reconciliations;
    assert.ok(run);
    reconciliation = run.id;
    // One of the first cases cannot be repaired.
    const [row] = await operator.database.query(
      `select custody_id from custody join disposal using (disposal_id) join event using (event_id)
       where offender_id in (
         select offender_id from mpc_delius.difference where confirmed and class like any('{pom-%,date-%}')
         group by offender_id order by offender_id fetch first ${fewFirst} rows only)
       and offender_id in (select offender_id from mpc_delius.difference where confirmed and class like 'date-%')
       order by offender_id fetch first 1 rows only`,
    );
    await operator.database.query(
      `alter table key_date add constraint no_repair check (custody_id <> ${Number(row?.["custody_id"])}) not valid`,
    );
  });
  after(() => operator[Symbol.asyncDispose]());

  const see = async (address: string) => {
    const { status, answer } = await operator.ask(address, { role: "VIEW" });
    assert.equal(status, 200, JSON.stringify(answer));
    return answer;
  };
  const order = async () => {
    const asked = { body: { reason, dryRun: false } };
    return repairAnswerSchema.parse(
      (await operator.ask(`/operations/reconciliations/${reconciliation}/repair`, asked)).answer,
    );
  };
  const change = (refreshRun: string, name: "continue" | "cancel", role = "OPERATE") =>
    operator.ask(`${path(refreshRun)}/${name}`, { role, body: { reason: `I ${name} it` } });
  const getRun = async (refreshRun: string) => refreshRunSchema.parse(await see(path(refreshRun)));
  const listActions = async () =>
    actionPageSchema.parse(await see("/operations/actions")).actions.map(({ action, reason: why, result }) => ({
      action,
      why,
      result,
    }));
  /** The run of the line that a replica writes when it leaves one, the first of these or a later one. */
  const left = async (message: string, occurrence: number) => {
    const { fields } = await operator.service.line(message, undefined, occurrence);
    return z.looseObject({ refreshRun: z.string(), sent: z.int() }).parse(fields);
  };

  it("sends a few first and is held when one of them fails, with the result of each", async () => {
    const { refreshRun, cases } = await order();
    assert.ok(cases > fewFirst);
    assert.deepEqual((await left("refresh held", 1)).sent, fewFirst);
    const { state, progress } = await getRun(refreshRun);
    assert.equal(state, "held");
    assert.deepEqual(progress, { ordered: cases, sent: fewFirst, settled: fewFirst - 1, failed: 1, cancelled: 0 });
    const { cases: listed } = refreshedPageSchema.parse(await see(`${path(refreshRun)}/cases?size=${fewFirst + 1}`));
    const states = listed.map((one) => one.state);
    assert.deepEqual(states.toSorted(), ["failed", "ordered", ...Array<string>(fewFirst - 1).fill("settled")]);
    assert.ok(listed.some(({ outcomes }) => outcomes.includes("DeliusRefused")));
    const { action, result } = (await listActions())[0] ?? {};
    assert.deepEqual([action, result], ["repair", `Held after its first cases: ${fewFirst} sent, 1 quarantined`]);
  });

  it("is the same when it is ordered again while it is held, and that changes nothing", async () => {
    const { refreshRun, isNew } = await order();
    assert.equal(isNew, false);
    assert.equal((await getRun(refreshRun)).progress.sent, fewFirst);
    assert.equal((await listActions()).length, 1);
  });

  it("is cancelled by an operator alone, and its rest stays unsent", async () => {
    const { refreshRun, cases } = await order();
    assert.equal((await change(refreshRun, "continue", "VIEW")).status, 403);
    assert.equal((await change(refreshRun, "cancel")).status, 200);
    assert.equal((await left("refresh cancelled", 1)).refreshRun, refreshRun);
    const { state, progress } = await getRun(refreshRun);
    assert.deepEqual([state, progress.cancelled], ["cancelled", cases - fewFirst]);
    const refused = await change(refreshRun, "continue");
    assert.deepEqual(
      [refused.status, z.object({ userMessage: z.string() }).parse(refused.answer).userMessage],
      [409, "This run is not held, so there is nothing to continue"],
    );
    assert.equal((await operator.ask(`${path("2020-01-01-1")}/continue`, { body: { reason } })).status, 404);
    assert.equal((await operator.ask(`${path(refreshRun)}/continue`, { body: {} })).status, 400);
  });

  it("sends its rest once when it is continued, however often, and says who did that and why", async () => {
    const { refreshRun, isNew, cases } = await order();
    assert.equal(isNew, true);
    assert.equal((await left("refresh held", 2)).refreshRun, refreshRun);
    const answers = await Promise.all([1, 2, 3].map(() => change(refreshRun, "continue")));
    assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ["200", "409", "409"]);
    assert.deepEqual(await left("refresh sent", 1), { refreshRun, dryRun: false, sent: cases });
    const { state, progress } = await getRun(refreshRun);
    assert.deepEqual([state, progress.settled, progress.failed], ["finished", cases - 1, 1]);
    const actions = await listActions();
    assert.deepEqual(
      actions.map(({ action, why }) => [action, why]),
      [
        ["continue-refresh", "I continue it"],
        ["repair", reason],
        ["cancel-refresh", "I cancel it"],
        ["repair", reason],
      ],
    );
  });

  it("goes on by itself when all of the few went well", async () => {
    await operator.database.query("alter table key_date drop constraint no_repair");
    const { refreshRun, cases } = await order();
    assert.deepEqual(await left("refresh sent", 2), { refreshRun, dryRun: false, sent: cases });
    const { state, progress } = await getRun(refreshRun);
    assert.deepEqual([state, progress.settled, progress.failed], ["finished", cases, 0]);
    assert.equal((await listActions())[0]?.action, "repair");
  });
});
