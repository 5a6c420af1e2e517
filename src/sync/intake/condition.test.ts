import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { watchCondition } from "./trouble.ts";

const minute = 60_000;

function watch() {
  const time = { now: 0 };
  return { time, condition: watchCondition(() => time.now) };
}

describe("the condition of an intake", () => {
  test("says whom each dependency fails, until they are served or an hour is over", () => {
    const { time, condition } = watch();
    condition.failed("A", "mpc", "HTTP 500");
    condition.failed("B", "mpc", "HTTP 500");
    condition.failed("C", "database", "P0001");
    assert.deepEqual(condition.failingFor(), { mpc: 2, database: 1 });
    assert.equal(condition.failedBy("C"), "database");
    condition.settled("A");
    time.now = 60 * minute - 1;
    assert.deepEqual(condition.failingFor(), { mpc: 1, database: 1 });
    time.now += 1;
    assert.deepEqual([condition.failingFor(), condition.failedBy("C")], [{}, null]);
  });

  test("is a standstill when no one has been served for a minute, and says why", () => {
    const { time, condition } = watch();
    for (const person of ["A", "B", "C"]) condition.failed(person, "database", "25006");
    time.now = minute - 1;
    assert.equal(condition.standstill(), null);
    time.now = minute;
    assert.equal(condition.standstill(), "database: 25006");
    condition.settled("D");
    assert.equal(condition.standstill(), null);
  });

  test("is none for one or two bad cases, nor for what has not been tried for long", () => {
    const { time, condition } = watch();
    for (const person of ["A", "B"]) condition.failed(person, "mpc", "HTTP 500");
    time.now = 2 * minute;
    assert.equal(condition.standstill(), null);
    condition.failed("C", "mpc", "HTTP 500");
    assert.equal(condition.standstill(), "mpc: HTTP 500");
    time.now = 20 * minute;
    assert.equal(condition.standstill(), null);
  });

  test("is a standstill when the queue has failed for a minute", () => {
    const { time, condition } = watch();
    condition.receiveFailed("AccessDenied");
    time.now = minute;
    condition.receiveFailed("AccessDenied");
    assert.equal(condition.standstill(), "queue: AccessDenied");
    condition.received();
    assert.equal(condition.standstill(), null);
  });
});
