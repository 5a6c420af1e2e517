import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addQueue, findOldestAge, uncounted } from "./backlog.ts";
import { readBacklog } from "./backlog-readings.ts";

const counts = { waiting: 3, inFlight: 0, dead: null };
const at = (now: number, inHand = 0) => ({ now, inHand });

describe("the oldest message", () => {
  it("is as old as the oldest in hand", () => {
    assert.equal(findOldestAge(uncounted, { now: 90_000, oldestInHand: 30_000 }), 60);
  });

  it("ages while messages wait and none is received", () => {
    const stuck = addQueue(addQueue(uncounted, counts, at(10_000)), counts, at(40_000));
    assert.equal(findOldestAge(stuck, { now: 70_000, oldestInHand: null }), 60);
  });

  it("is new again once one is received, or none waits", () => {
    const stuck = addQueue(uncounted, counts, at(10_000));
    for (const well of [
      addQueue(stuck, counts, at(40_000, 1)),
      addQueue(stuck, { ...counts, waiting: 0 }, at(40_000)),
    ]) {
      assert.equal(findOldestAge(well, { now: 70_000, oldestInHand: null }), 0);
    }
  });

  it("is never younger than nothing, no matter what the sender's clock says", () => {
    assert.equal(findOldestAge(uncounted, { now: 10_000, oldestInHand: 20_000 }), 0);
  });
});

describe("the gauges of the backlog", () => {
  it("show nothing that was not counted", () => {
    const shown = Object.values(readBacklog(uncounted)).flat();
    assert.deepEqual(shown, []);
  });

  it("show what is held in quarantine and not what is being replayed", () => {
    const group = {
      reason: "InvalidAnswer",
      messages: 2,
      oldest: "1970-01-01T00:00:09Z",
      newest: "1970-01-01T00:00:10Z",
    };
    const { quarantined, quarantinedSince } = readBacklog({
      ...uncounted,
      quarantine: [
        { ...group, state: "held" },
        { ...group, state: "replaying", messages: 5 },
      ],
    });
    const labels = { reason: "InvalidAnswer" };
    assert.deepEqual([quarantined, quarantinedSince], [[{ labels, value: 2 }], [{ labels, value: 9 }]]);
  });

  it("show every class of drift, so that one that is gone falls to nought", () => {
    const totals = { differences: { stale: 4 }, deletes: { extra: 0, stale: 4 }, doubledCodes: [] };
    const { drift, reconciledAt, reconciledCases } = readBacklog({
      ...uncounted,
      reconciliation: { finishedAt: "1970-01-01T00:01:00Z", compared: 700, totals },
    });
    assert.deepEqual([reconciledAt[0]?.value, reconciledCases[0]?.value], [60, 700]);
    assert.equal(drift.length, 10);
    assert.deepEqual(
      drift.filter(({ value }) => value > 0),
      [{ labels: { class: "stale" }, value: 4 }],
    );
  });
});
