import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listItems, type SendingRun, type Trace } from "./action-result.ts";

const action = (name: string) => ({ takenAt: "2026-04-02T11:00:00Z", actor: "A", action: name, subject: {} });
const trace: Trace = {
  inboxKey: "k",
  quarantined: [],
  outcomes: [],
  isCancelled: false,
  isKnown: false,
  failure: null,
};
const row = { error: "", isUnsent: false };
const held = { ...row, state: "held", error: "No team." };

const rows: readonly (readonly [
  fact: string,
  action: string,
  trace: Partial<Trace>,
  state: string,
  message?: string,
])[] = [
  ["waits to be sent", "replay", { quarantined: [{ ...row, state: "replaying", isUnsent: true }] }, "ordered"],
  ["was sent", "replay", { quarantined: [{ ...row, state: "replaying", sentAt: "now" }] }, "sent"],
  ["is settled", "replay", { quarantined: [{ ...row, state: "settled" }], isKnown: true }, "settled"],
  ["is quarantined again", "replay", { quarantined: [held], outcomes: ["UnknownTeam"] }, "failed", "No team."],
  ["was cancelled", "replay", { quarantined: [{ ...held, isUnsent: true }] }, "cancelled"],
  ["was cancelled and replayed again", "replay", { isCancelled: true, outcomes: ["PomAllocated"] }, "cancelled"],
  ["the queue refused", "replay", { quarantined: [held] }, "failed", "No team."],
  [
    "is held again after its replay was cancelled",
    "cancel-replay",
    { quarantined: [held] },
    "settled",
    "It is held now.",
  ],
  ["was redriven", "retry-dlq", {}, "sent"],
  ["was redriven and settled", "retry-dlq", { outcomes: ["PomAllocated"], isKnown: true }, "settled"],
  [
    "was redriven and fails",
    "retry-dlq",
    { failure: "HTTP 502" },
    "sent",
    "An attempt at it failed: HTTP 502. It is tried again.",
  ],
  ["was discarded", "discard", { quarantined: [{ ...row, state: "discarded" }] }, "settled", "It is discarded now."],
  ["was discarded and is held again", "discard", { quarantined: [held] }, "settled", "It is held now."],
  ["is past its retention", "discard", {}, "settled", "It is not kept any more."],
];

describe("a message of an action", () => {
  for (const [fact, name, known, state, message] of rows) {
    it(`that ${fact} is ${state}`, () => {
      const [item] = listItems(action(name), [{ ...trace, ...known }], null);
      assert.deepEqual([item?.state, item?.message], [state, message]);
    });
  }

  it("of a refresh that was cancelled is cancelled, where nothing was sent", () => {
    const stateOf = (run: SendingRun) => listItems(action("refresh"), [trace], run)[0]?.state;
    const runs = [
      { state: "running", done: 0 },
      { state: "cancelled", done: 1 },
      { state: "cancelled", done: 0 },
    ];
    assert.deepEqual(runs.map(stateOf), ["sent", "sent", "cancelled"]);
  });
});
