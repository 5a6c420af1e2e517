import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ActionItem } from "./action-result.ts";
import { nameRun, summariseAction, type OrderedRun } from "./action-summary.ts";

const items = (...states: readonly ActionItem["state"][]) =>
  states.map((state, index) => ({ inboxKey: `key-${index}`, state, outcomes: [] }));
const refresh: OrderedRun = { kind: "refresh", id: "2026-04-02-1", state: "running", done: 40, found: 0 };
const reconciliation: OrderedRun = { kind: "reconciliation", id: "7", state: "finished", done: 900, found: 1 };

describe("what became of an action, in a few words", () => {
  for (const [action, states, result] of [
    ["replay", ["settled", "settled"], "2 settled"],
    ["replay", ["settled", "ordered", "sent", "failed"], "Under way: 1 of 4 settled, 1 quarantined again"],
    ["retry-dlq", ["settled", "failed", "refused"], "1 settled, 1 quarantined again, 1 not done"],
    ["discard", ["settled", "refused"], "1 discarded, 1 not done"],
    ["restore", ["settled"], "1 restored"],
    ["refresh", ["settled", "sent"], "Under way: 1 of 2 settled"],
  ] as const) {
    it(`is "${result}" for ${action} of ${states.join(", ")}`, () => {
      assert.equal(summariseAction({ action, subject: {} }, { items: items(...states), run: null }), result);
    });
  }

  for (const [run, result] of [
    [refresh, "Under way: 40 of 200 sent"],
    [{ ...refresh, state: "finished", done: 200, found: 3 }, "Finished: 200 sent, 3 quarantined"],
    [{ ...refresh, state: "held", done: 5, found: 2 }, "Held after its first cases: 5 sent, 2 quarantined"],
    [{ ...refresh, state: "unfinished" }, "Not finished: 40 sent"],
    [null, "Not kept any more"],
  ] as const) {
    it(`is "${result}" for a repair`, () => {
      const subject = { refreshRun: "2026-04-02-1", reconciliationRun: 7, cases: 200 };
      assert.equal(summariseAction({ action: "repair", subject }, { items: [], run }), result);
    });
  }

  for (const [run, result] of [
    [reconciliation, "Finished: 1 difference"],
    [{ ...reconciliation, state: "running" }, "Under way: 900 compared"],
    [{ ...reconciliation, state: "cancelled" }, "Cancelled: 900 compared"],
  ] as const) {
    it(`is "${result}" for a reconciliation`, () => {
      const action = { action: "reconcile", subject: { reconciliationRun: 7 } };
      assert.equal(summariseAction(action, { items: [], run }), result);
    });
  }

  for (const action of ["pause", "dismiss", "purge-queue", "cancel-reconciliation"]) {
    it(`is "Done" for ${action}, which is done with its order`, () => {
      const subject = action === "cancel-reconciliation" ? { reconciliationRun: 7 } : {};
      assert.equal(summariseAction({ action, subject }, { items: [], run: null }), "Done");
    });
  }
});

describe("the run that an action is about", () => {
  for (const [action, subject, run] of [
    ["repair", { refreshRun: "2026-04-02-1", reconciliationRun: 7 }, { kind: "refresh", id: "2026-04-02-1" }],
    ["refresh", { refreshRun: "2026-04-02-2", inboxKeys: [] }, { kind: "refresh", id: "2026-04-02-2" }],
    ["reconcile", { reconciliationRun: 7 }, { kind: "reconciliation", id: "7" }],
    ["cancel-reconciliation", { reconciliationRun: 7 }, { kind: "reconciliation", id: "7" }],
    ["refresh", { inboxKeys: ["key"] }, null],
    ["pause", {}, null],
    ["repair", { refreshRun: 3 }, null],
  ] as const) {
    it(`is ${JSON.stringify(run)} for ${action} of ${JSON.stringify(subject)}`, () => {
      assert.deepEqual(nameRun({ action, subject }), run);
    });
  }
});
