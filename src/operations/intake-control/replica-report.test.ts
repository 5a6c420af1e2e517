import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeReplica, type IntakeFacts } from "./replica-report.ts";

const running: IntakeFacts = { gate: { state: "running" }, inWork: 0, inHand: 0, isStopping: false };
const paused: IntakeFacts = { ...running, gate: { state: "paused" } };

const rows: readonly (readonly [fact: string, facts: Partial<IntakeFacts>, state: string, held: number])[] = [
  ["runs", { inWork: 2, inHand: 5 }, "running", 3],
  ["waits for a dependency", { gate: { state: "waiting", waitsFor: "mpc" } }, "waiting", 0],
  ["has messages in work that an operator paused", { ...paused, inWork: 1, inHand: 3 }, "pausing", 2],
  ["only holds messages that an operator paused", { ...paused, inHand: 3 }, "paused", 3],
  ["stops", { isStopping: true, inWork: 1, inHand: 1 }, "stopping", 0],
  ["has no consumer", { gate: null }, "not receiving", 0],
];

describe("the intake of a replica", () => {
  for (const [fact, facts, state, held] of rows) {
    it(`that ${fact} is ${state}`, () => {
      const report = describeReplica({ ...running, ...facts });
      assert.deepEqual([report.state, report.held], [state, held]);
    });
  }

  it("names what it waits for", () => {
    const { waitsFor } = describeReplica({ ...running, gate: { state: "waiting", waitsFor: "auth" } });
    assert.equal(waitsFor, "auth");
  });
});
