import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GroupReplay } from "../../operations/quarantine/group-replay.ts";
import type { QuarantineGroup } from "../../operations/quarantine/quarantine-schema.ts";
import { viewGroupReplay } from "./group-replay-view.ts";
import { describeResult } from "./order-result.ts";
import { viewOrder } from "./quarantine-order-view.ts";
import { viewQuarantine } from "./quarantine-view.ts";
import { viewQuarantineList } from "./quarantine-list-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const group: QuarantineGroup = {
  reason: "UnknownPrison",
  state: "held",
  messages: 1,
  oldest: "2026-11-28T09:00:00Z",
  newest: "2026-11-28T11:00:00Z",
};
const message = {
  inboxKey: "a",
  fact: "allocation" as const,
  reason: "UnknownPrison",
  error: "No provider.",
  firstSeen: group.oldest,
  lastSeen: group.newest,
  state: "held" as const,
  since: group.newest,
  replays: 0,
};

describe("the quarantine by reason", () => {
  it("shows first what is held longest, with what repairs it, and apart what is no longer held", () => {
    const older = { ...group, reason: "UnreadableMessage", oldest: "2026-11-01T09:00:00Z" };
    const { sentence, held, others } = viewQuarantine([group, older, { ...group, state: "settled" }], now);
    assert.equal(sentence, "2 messages held for 2 reasons.");
    assert.deepEqual(
      held.map(({ reason, oldest, repair }) => [reason, oldest.ago, repair]),
      [
        [
          "UnreadableMessage",
          "27 days ago",
          "Find the sender and check the subscription's filter; discard the message.",
        ],
        ["UnknownPrison", "3 hours ago", "Add it in Delius, then replay."],
      ],
    );
    assert.deepEqual(
      others.map(({ state, href }) => [state, href]),
      [["Settled since", "/console/quarantine/messages?reason=UnknownPrison&state=settled"]],
    );
  });

  it("does not speak of others where a group has no more than go first", () => {
    const progress = { ordered: 3, sent: 3, settled: 0, failed: 3, cancelled: 0 };
    const replay = { id: 1, group: "UnknownPrison", orderedBy: "A", reason: "r", startedAt: group.oldest, progress };
    const say = (state: GroupReplay["state"], ordered: number) =>
      viewGroupReplay({ ...replay, state, progress: { ...progress, ordered } }, now).sentence;
    assert.doesNotMatch(say("stopped", 3) + say("first", 3), /others|rest/);
    assert.match(say("stopped", 6), /the others were left alone/);
    assert.match(say("first", 6), /The rest follows/);
  });

  it("does not fail for a reason of another version", () => {
    const [held] = viewQuarantine([{ ...group, reason: "OfTomorrow" }], now).held;
    assert.equal(held?.meaning, "This version does not know the reason.");
  });

  const sizes = [
    [1, ["Replay the one message held for UnknownPrison", "Discard the one message held for UnknownPrison"]],
    [5, ["Replay all 5 held for UnknownPrison", "Discard all 5 held for UnknownPrison"]],
    [
      1_000,
      ["Replay all 1,000 held for UnknownPrison, 5 first", "Discard the oldest 100 of 1,000 held for UnknownPrison"],
    ],
  ] as const;
  for (const [messages, expected] of sizes) {
    it(`offers for ${messages} messages: ${expected[0]}`, () => {
      const [held] = viewQuarantine([{ ...group, messages }], now).held;
      assert.deepEqual(
        held?.orders.map(({ text }) => text),
        expected,
      );
    });
  }
});

describe("the list of quarantined messages", () => {
  it("shows a message of two facts once, and keeps its filters in every address", () => {
    const page = { messages: [message, { ...message, fact: "handover" as const, nomsNumber: "A1001AA" }], next: "n" };
    const filters = { reason: "UnknownPrison", before: "b" };
    const view = viewQuarantineList({ page, groups: [group], filters }, now);
    assert.deepEqual(
      view.rows.map(({ id, reasons }) => [id, reasons.map(({ fact }) => fact)]),
      [["inboxKey", ["allocation", "handover"]]],
    );
    assert.equal(view.from, "/console/quarantine/messages?reason=UnknownPrison&before=b");
    assert.equal(view.next, "/console/quarantine/messages?reason=UnknownPrison&before=n");
    assert.equal(view.states[2]?.href, "/console/quarantine/messages?reason=UnknownPrison&state=discarded");
    assert.equal(view.orders[0]?.href.endsWith(`from=${encodeURIComponent(view.from)}`), true);
  });
});

describe("an order before it is confirmed", () => {
  const order = { name: "replay", inboxKeys: ["a", "b", "c"], left: 900, quarantined: [message], from: "/f" } as const;
  const previewed = (outcome: string) => ({ outcome, reasons: [], changes: [] });

  it("counts what a replay would result in; of two facts the one that is still wrong counts", () => {
    const results = [
      { inboxKey: "a", result: "previewed" as const, facts: [previewed("PomAllocated"), previewed("UnknownTeam")] },
      { inboxKey: "b", result: "unavailable" as const, message: "Manage POM Cases does not answer" },
    ];
    const view = viewOrder({ ...order, previewed: results }, now);
    assert.deepEqual(view.summary, [
      "1 would be quarantined again",
      "1 could not be previewed",
      "1 not previewed, for a preview asks about a few",
    ]);
    assert.equal(view.title, "Replay 3 messages");
    assert.match(view.left ?? "", /^900 more/);
  });

  it("can be given where no preview came in time, and says so", () => {
    const [line] = viewOrder({ ...order, previewed: null }, now).summary;
    assert.match(line ?? "", /could not be made in time/);
  });
});

describe("the result of an order", () => {
  const refused = { inboxKey: "b", result: "refused" as const, message: "The message is settled" };

  it("is on the page of its action, which leads back to the list", () => {
    const results = [{ inboxKey: "a", result: "replaying" as const, replay: 1 }, refused];
    const { location, notice } = describeResult("replay", { results, left: 0, action: 7 }, "/console/quarantine?x=1");
    assert.equal(location, "/console/actions/7?from=%2Fconsole%2Fquarantine%3Fx%3D1");
    assert.equal(notice.title, "1 message ordered to be replayed");
    assert.match(notice.text, /1 message could not be/);
  });

  it("leads back to the list and says why, where nothing was done", () => {
    const { location, notice } = describeResult("replay", { results: [refused, refused], left: 0 }, "/f");
    assert.deepEqual([location, notice.kind], ["/f", "information"]);
    assert.equal(notice.text, "The message is settled. Someone else may have been quicker.");
  });
});
