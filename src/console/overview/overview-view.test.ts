import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Health } from "../../platform/health/health.ts";
import type { Replica } from "../../operations/intake-control/replica-report.ts";
import type { RunningWork } from "../../operations/action/running-work.ts";
import type { Needs } from "./needs.ts";
import { viewOverview, type OverviewFacts } from "./overview-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const early = "2026-11-28T09:00:00Z";
const up: Health = { status: "UP", components: { database: { status: "UP" }, queue: { status: "UP" } } };
const nothing: Needs = { quarantine: [], waiting: [], drift: null, lastFailure: null };
const running = { running: true, since: early };
const idle: RunningWork = { replaying: 0, groups: [], refreshes: [] };
const view = (facts: Partial<OverviewFacts>) =>
  viewOverview(
    { needs: nothing, health: up, intake: running, work: idle, replicas: [], oldestSeconds: 0, ...facts },
    now,
  );
const withDead: Health = { ...up, components: { queue: { status: "UP", details: { dead: 3 } } } };
/** The sentences of what is not well. */
const say = (troubles: ReturnType<typeof view>["troubles"]) =>
  troubles.map(({ text, since }) => (since === null ? text : `${text} ${since.exact}`));

describe("the overview", () => {
  it("says that all is well, since the last failure or the last change of intake", () => {
    const { troubles, calmSince } = view({ needs: { ...nothing, lastFailure: "2026-11-28T11:00:00Z" } });
    assert.deepEqual([troubles, calmSince?.iso], [[], "2026-11-28T11:00:00.000Z"]);
    assert.equal(view({}).calmSince?.iso, "2026-11-28T09:00:00.000Z");
  });

  it("lists what needs a person, with a link where a page deals with it", () => {
    const needs = {
      ...nothing,
      quarantine: [{ reason: "UnknownPrison", messages: 1, oldest: early }],
      waiting: [{ waitsFor: "sentence change", cases: 2, oldest: early }],
      drift: { id: 7, differences: 1_200, lasting: 0, finishedAt: early },
    };
    const {
      calmSince,
      troubles,
      needs: list,
    } = view({
      needs,
      health: withDead,
      intake: { ...running, running: false },
      work: { ...idle, refreshes: [{ refreshRun: "2026-11-28-1", isRepair: true, heldAt: early }] },
    });
    assert.equal(calmSince, null);
    assert.deepEqual(say(troubles), ["6 things need a person, the first of them since 28 November 2026 at 09:00"]);
    assert.deepEqual(
      list.map(({ text, href }) => [text, href]),
      [
        ["Intake is paused", "#intake"],
        ["1 message quarantined: UnknownPrison", "/console/quarantine/messages?reason=UnknownPrison"],
        ["3 dead letters", "/console/dead-letters"],
        ["2 cases waiting too long for a sentence change", "/console/waiting?waitsFor=sentence%20change"],
        ["Repair 2026-11-28-1 held after its first cases", "/console/reconciliation/repairs/2026-11-28-1"],
        ["1,200 differences found by the last reconciliation of all cases", "/console/reconciliation/7"],
      ],
    );
  });

  it("is well where the last run found only what no repair ends, and says that apart", () => {
    const drift = { id: 7, differences: 0, lasting: 1_045, finishedAt: early };
    const { troubles, needs, lasting } = view({ needs: { ...nothing, drift } });
    assert.deepEqual([troubles, needs], [[], []]);
    assert.deepEqual(lasting, {
      text: "1,045 differences that a repair does not end",
      href: "/console/reconciliation/7",
    });
    assert.equal(view({ needs: { ...nothing, drift: { ...drift, lasting: 0 } } }).lasting, null);
  });

  for (const [name, facts, wanted] of [
    [
      "a paused intake",
      { intake: { ...running, running: false } },
      ["1 thing needs a person, since 28 November 2026 at 09:00"],
    ],
    [
      "what was found first, of several",
      {
        needs: {
          ...nothing,
          quarantine: [{ reason: "UnknownPrison", messages: 1, oldest: early }],
          waiting: [{ waitsFor: "sentence change", cases: 2, oldest: "2026-10-01T09:00:00Z" }],
        },
      },
      ["2 things need a person, the first of them since 1 October 2026 at 10:00"],
    ],
    ["dead letters, whose time is not known", { health: withDead }, ["1 thing needs a person"]],
    [
      "parts that are down, since each was seen so, before all else",
      {
        health: { status: "DOWN", components: { mpc: { status: "DOWN", since: early }, auth: { status: "DOWN" } } },
        intake: { ...running, running: false },
      },
      [
        "Manage POM Cases has been down since at least 28 November 2026 at 09:00",
        "HMPPS Auth is down",
        "1 thing needs a person, since 28 November 2026 at 09:00",
      ],
    ],
  ] as const satisfies readonly (readonly [string, Partial<OverviewFacts>, readonly string[]])[]) {
    it(`says since when it is not well: ${name}`, () => assert.deepEqual(say(view(facts).troubles), wanted));
  }

  it("says first what is down, and shows what each part says of itself", () => {
    const health: Health = {
      status: "DOWN",
      components: { database: { status: "UP" }, mpc: { status: "DOWN", details: { reason: "HTTP 503", inHand: 2 } } },
    };
    const { troubles, dependencies } = view({ health });
    assert.deepEqual(say(troubles), ["Manage POM Cases is down"]);
    assert.deepEqual(dependencies, [
      { name: "Delius database", isUp: true, details: "" },
      { name: "Manage POM Cases", isUp: false, details: "HTTP 503, 2 in hand" },
    ]);
  });

  it("says how the intake of each replica stands, and who paused it and why", () => {
    const replica = { name: "pod-1", inWork: 1_200, held: 0, seenAt: early };
    const state = (one: Partial<Replica> & Pick<Replica, "state">, isRunning: boolean) => {
      const intake = { running: isRunning, since: early, by: "A_PERSON", reason: "upgrade" };
      const [shown] = view({ intake, replicas: [{ ...replica, ...one }] }).replicas;
      return shown?.state;
    };
    assert.equal(state({ state: "paused" }, false), "Paused by A_PERSON because: upgrade");
    assert.match(state({ state: "pausing" }, false) ?? "", /^Pausing, ordered by A_PERSON because: upgrade\. It fin/);
    assert.equal(state({ state: "paused" }, true), "Paused; resumes within seconds");
    assert.equal(state({ state: "running" }, false), "Running; pauses within seconds");
    assert.equal(state({ state: "waiting", waitsFor: "mpc" }, true), "Waiting: Manage POM Cases is down");
    assert.match(state({ state: "not receiving" }, false) ?? "", /^Receives nothing/);
  });

  it("says how old the oldest message is", () => {
    assert.match(view({}).oldest, /^No message waits/);
    assert.match(view({ oldestSeconds: 185 }).oldest, /was sent 3 minutes ago/);
  });
});
