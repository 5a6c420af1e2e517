import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { viewRunning } from "../web/layout-view.ts";
import { viewProgress } from "../web/progress-view.ts";
import { viewAction, viewActions } from "./actions-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const action = { id: 7, takenAt: "2026-11-28T11:00:00Z", actor: "A", action: "replay", subject: { inboxKeys: ["a"] } };
const progress = { ordered: 1, sent: 0, settled: 0, failed: 0, cancelled: 0 };
const items = [{ inboxKey: "a", state: "ordered" as const, outcomes: [] }];

describe("actions", () => {
  it("are listed in words, page by page", () => {
    const view = viewActions({ actions: [action], next: "n" }, false, now);
    assert.deepEqual(
      [view.rows[0]?.what, view.rows[0]?.href, view.next, view.newest],
      [
        "Replay of 1 quarantined message ordered",
        "/console/actions/7",
        "/console/actions?before=n",
        "/console/actions",
      ],
    );
  });

  it("have a short result in the list, or lead to their page for it", () => {
    const view = viewActions({ actions: [{ ...action, result: "1 settled" }, action] }, true, now);
    assert.deepEqual(
      view.rows.map(({ result }) => result),
      ["1 settled", "See its page"],
    );
  });

  for (const [name, subject, href] of [
    ["repair", { refreshRun: "2026-11-28-1", reconciliationRun: 7 }, "/console/reconciliation/repairs/2026-11-28-1"],
    ["refresh", { refreshRun: "2026-11-28-2" }, "/console/reconciliation/repairs/2026-11-28-2"],
    ["reconcile", { reconciliationRun: 7 }, "/console/reconciliation/7"],
    ["pause", {}, undefined],
  ] as const) {
    it(`lead from ${name} to ${href ?? "no run"}`, () => {
      const view = viewAction({ ...action, action: name, subject, items: [], progress }, undefined, now);
      assert.equal(view.run?.href, href);
    });
  }

  it("show the result of each message and how far they have come", () => {
    const refused = { inboxKey: "b", state: "refused" as const, outcomes: [], message: "The message is settled" };
    const view = viewAction({ ...action, items: [...items, refused], progress }, "/console/quarantine", now);
    assert.deepEqual(
      view.items.map(({ text, message }) => [text, message]),
      [
        ["Waiting to be sent", null],
        ["Not done", "The message is settled"],
      ],
    );
    assert.equal(view.summary, "2 messages, 1 of them not done");
    assert.equal(view.progress?.sentence, "1 of 1 still under way.");
    assert.equal(view.back.href, "/console/quarantine");
    assert.match(view.cancel ?? "", /^\/console\/quarantine\/cancel\?from=%2Fconsole%2Factions%2F7.*&inboxKey=a$/);
  });

  it("lead back to pages of the console alone", () => {
    const view = viewAction({ ...action, items, progress }, "https://elsewhere.example", now);
    assert.equal(view.back.href, "/console");
  });

  it("that send nothing have no progress: a discard is done", () => {
    const done = [{ inboxKey: "a", state: "settled" as const, outcomes: [] }];
    const view = viewAction({ ...action, action: "discard", items: done, progress }, undefined, now);
    assert.deepEqual([view.progress, view.items[0]?.text, view.cancel], [null, "Discarded", null]);
  });
});

describe("progress", () => {
  for (const [settled, failed, cancelled, sentence] of [
    [2, 1, 0, "1,197 of 1,200 still under way."],
    [2, 1, 1_000, "197 of 1,200 still under way."],
    [1_200, 0, 0, "All done."],
    [1_190, 10, 0, "Done; 10 failed."],
    [199, 1, 1_000, "Ended: 1,000 of 1,200 were not sent; 1 failed."],
  ] as const) {
    it(`says "${sentence}"`, () => {
      assert.equal(viewProgress({ ordered: 1_200, sent: 1_200, settled, failed, cancelled }).sentence, sentence);
    });
  }

  it("does not read as under way while it is held", () => {
    const { isRunning, sentence } = viewProgress(
      { ordered: 1_200, sent: 5, settled: 3, failed: 1, cancelled: 0 },
      true,
    );
    assert.deepEqual([isRunning, sentence], [false, "Held: 1,195 of 1,200 are not sent."]);
  });
});

describe("long work on every page", () => {
  it("is listed with where it is shown, and is nothing while none is under way", () => {
    const run = { refreshRun: "2026-11-28-1", isRepair: true };
    const later = ["2026-11-28-2", "2026-11-28-3", "2026-11-28-4", "2026-11-28-5"].map((refreshRun) => ({
      refreshRun,
      isRepair: false,
    }));
    assert.deepEqual(viewRunning({ replaying: 0, groups: [], refreshes: [] }), []);
    assert.deepEqual(
      viewRunning({ replaying: 3, groups: [{ id: 4, group: "UnknownTeam" }], reconciliation: 7, refreshes: [run] }),
      [
        { text: "the replay of UnknownTeam", href: "/console/quarantine/groups/4" },
        { text: "3 messages being replayed", href: "/console/quarantine/messages?state=replaying" },
        { text: "a reconciliation", href: "/console/reconciliation/7" },
        { text: "repair 2026-11-28-1", href: "/console/reconciliation/repairs/2026-11-28-1" },
      ],
    );
    assert.deepEqual(
      viewRunning({ replaying: 0, groups: [], refreshes: [run, ...later] }).map(({ text }) => text),
      ["repair 2026-11-28-1", "refresh 2026-11-28-2", "refresh 2026-11-28-3", "2 further refreshes or repairs"],
    );
    assert.deepEqual(
      viewRunning({
        replaying: 0,
        groups: [],
        refreshes: [run, ...later].map((one) => ({ ...one, heldAt: "2026-11-28T12:00:00Z" })),
      }).map(({ text }) => text),
      [
        "repair 2026-11-28-1, held after its first cases",
        ...later.map(({ refreshRun }) => `refresh ${refreshRun}, held after its first cases`),
      ],
      "none of those that wait for a person is left out",
    );
  });
});
