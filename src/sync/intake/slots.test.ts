import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSlots, findMaxFailed } from "./slots.ts";

/** Slots of which the test says what is let in; it keeps what has begun. */
function openSlots(concurrency: number) {
  const state: { allowance: number | null; isPaused: boolean } = { allowance: null, isPaused: false };
  const stopping = { aborted: false };
  const gate = { allowance: () => state.allowance, isPaused: () => state.isPaused };
  const slots = createSlots({ concurrency, gate, stopping });
  const begun: string[] = [];
  const inWork = new Map<string, () => void>();
  const wait = (name: string, hasFailed: boolean) =>
    slots.wait({
      hasFailed,
      begin: (leave) => {
        begun.push(name);
        inWork.set(name, leave);
      },
    });
  const end = (name: string) => {
    inWork.get(name)?.();
    inWork.delete(name);
  };
  return { slots, state, stopping, begun, wait, end };
}

describe("slots", () => {
  test("go to a thousand messages that have failed before in a share only, no matter what becomes of them", () => {
    const { slots, begun, wait } = openSlots(16);
    for (let index = 0; index < 1000; index += 1) wait(`failed ${index}`, true);
    slots.fill(0);
    assert.equal(begun.length, 4);
    for (let index = 0; index < 20; index += 1) wait(`healthy ${index}`, false);
    slots.fill(0);
    assert.equal(begun.filter((name) => name.startsWith("healthy")).length, 12);
  });

  test("are given up by work that as many others have overtaken, so that what is stuck uses none up", () => {
    const { slots, begun, wait, end } = openSlots(2);
    for (const name of ["stuck", "a", "b", "c", "d", "e"]) wait(name, false);
    slots.fill(0);
    for (const name of ["a", "b", "c"]) {
      end(name);
      slots.fill(0);
    }
    assert.deepEqual(begun, ["stuck", "a", "b", "c", "d", "e"]);
    assert.deepEqual(slots.count(), { busy: 3, free: 0 });
  });

  test("are shared by turns where there are too few for shares", () => {
    const { slots, begun, wait, end } = openSlots(1);
    for (const index of [0, 1]) {
      wait(`failed ${index}`, true);
      wait(`healthy ${index}`, false);
    }
    for (let index = 0; index < 4; index += 1) {
      slots.fill(0);
      end(begun.at(-1) ?? "");
    }
    assert.deepEqual(begun, ["failed 0", "healthy 0", "failed 1", "healthy 1"]);
  });

  test("go to messages that have not failed before while a dependency is on trial, and to one of the others when it is quiet", () => {
    const { slots, state, begun, wait, end } = openSlots(16);
    state.allowance = 2;
    for (const name of ["failed 0", "failed 1"]) wait(name, true);
    wait("healthy", false);
    slots.fill(0);
    end("healthy");
    slots.fill(4_999);
    assert.deepEqual(begun, ["healthy"]);
    slots.fill(5_000);
    slots.fill(20_000);
    assert.deepEqual(begun, ["healthy", "failed 0"]);
  });

  test("are none while the intake is paused, and one for each when it stops", () => {
    const { slots, state, stopping, begun, wait } = openSlots(2);
    state.isPaused = true;
    for (let index = 0; index < 6; index += 1) wait(String(index), index % 2 === 0);
    assert.equal(slots.fill(0), false);
    stopping.aborted = true;
    assert.equal(slots.fill(0), true);
    assert.equal(begun.length, 6);
  });
});

describe("messages that have failed before", () => {
  test("may be in hand up to two for each slot, and up to three on their last receive", () => {
    const counts = [1, 2, 4, 5].map((receives) => findMaxFailed({ concurrency: 8, maxReceives: 5 }, receives));
    assert.deepEqual(counts, [16, 16, 16, 24]);
    assert.equal(findMaxFailed({ concurrency: 8, maxReceives: null }, 1_000), 16);
  });
});
