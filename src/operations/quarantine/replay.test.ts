import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { maxReplays } from "../../sync/events/case-event.ts";
import {
  decideCancel,
  decideDiscard,
  decideReplay,
  decideRestore,
  quarantineStates,
  writeReplay,
  type QuarantineState,
  type QuarantinedFact,
  type StoredMessage,
} from "./replay.ts";

const fact = (state: QuarantineState, rest: Partial<QuarantinedFact> = {}): QuarantinedFact => ({
  fact: "allocation",
  state,
  replays: 0,
  ...rest,
});

describe("what may be done with a message that was quarantined", () => {
  const alone: Readonly<Record<QuarantineState, readonly string[]>> = {
    held: ["allowed", "allowed", "not discarded"],
    replaying: ["replaying", "replaying", "not discarded"],
    discarded: ["discarded", "discarded", "allowed"],
    settled: ["settled", "settled", "not discarded"],
  };
  for (const state of quarantineStates) {
    it(`when it is ${state}`, () => {
      const told = [decideReplay, decideDiscard, decideRestore].map((decide) => {
        const permission = decide([fact(state)]);
        return permission.kind === "refused" ? permission.refusal : permission.kind;
      });
      assert.deepEqual(told, alone[state]);
    });
  }

  it("is nothing when no one set it aside", () => {
    for (const decide of [decideReplay, decideDiscard, decideRestore]) {
      assert.deepEqual(decide([]), { kind: "refused", refusal: "unknown" });
    }
  });

  it("is about the facts that are held, and no others", () => {
    const facts = [fact("settled", { fact: "handover", replays: 2 }), fact("held")];
    assert.deepEqual(decideReplay(facts), { kind: "allowed", replay: 3, facts: ["allocation"] });
    assert.deepEqual(decideReplay([fact("held"), fact("held", { fact: "handover" })]), {
      kind: "allowed",
      replay: 1,
      facts: ["allocation", "handover"],
    });
  });

  it("is nothing while another fact of it is being replayed", () => {
    const facts = [fact("held"), fact("replaying", { fact: "handover", replays: 1 })];
    assert.deepEqual(decideReplay(facts), { kind: "refused", refusal: "replaying" });
    assert.deepEqual(decideDiscard(facts), { kind: "refused", refusal: "replaying" });
  });

  it("is a fifth replay but no sixth, whichever fact had the others", () => {
    const replayed = (replays: number) => [fact("held"), fact("settled", { fact: "handover", replays })];
    assert.deepEqual(decideReplay(replayed(4)), { kind: "allowed", replay: maxReplays, facts: ["allocation"] });
    assert.deepEqual(decideReplay(replayed(5)), { kind: "refused", refusal: "replayed too often" });
    assert.equal(decideDiscard(replayed(5)).kind, "allowed");
  });
});

describe("a replay that is to be cancelled", () => {
  const replaying = (isSent: boolean) => ({ fact: "handover", state: "replaying", replays: 1, isSent }) as const;
  const settled = { fact: "allocation", state: "settled", replays: 1, isSent: true } as const;

  it("is as long as nothing of it is sent, with the facts that are replayed", () => {
    const { kind, facts } = { facts: null, ...decideCancel([settled, replaying(false)]) };
    assert.deepEqual([kind, facts], ["allowed", ["handover"]]);
  });

  it("is not once it is sent, or where there is none", () => {
    const refusals = [[replaying(true)], [settled], []].map((all) => ({ refusal: null, ...decideCancel(all) }).refusal);
    assert.deepEqual(refusals, ["sent", "not replaying", "unknown"]);
  });
});

const stored = (rest: Partial<StoredMessage> = {}): StoredMessage => ({
  inboxKey: "key",
  body: "the body",
  attributes: { eventType: "type" },
  replay: 2,
  facts: ["handover"],
  ...rest,
});

describe("a replay as it is sent", () => {
  it("is the stored message with its key and its facts", () => {
    assert.deepEqual(writeReplay(stored({ facts: ["handover", "allocation"] })), {
      body: "the body",
      attributes: { eventType: "type", inboxKey: "key#2", facts: "handover,allocation" },
    });
  });

  it("names no facts where the message does not tell them", () => {
    assert.deepEqual(writeReplay(stored({ facts: [null] })).attributes, { eventType: "type", inboxKey: "key#2" });
    assert.deepEqual(Object.keys(writeReplay(stored({ facts: [null, "handover"] })).attributes), [
      "eventType",
      "inboxKey",
    ]);
  });

  it("brings its own key and facts, no matter what the message came with", () => {
    const attributes = { inboxKey: "key#1", facts: "allocation", other: "kept" };
    assert.deepEqual(writeReplay(stored({ attributes })).attributes, {
      other: "kept",
      inboxKey: "key#2",
      facts: "handover",
    });
  });

  it("leaves out what the queue refuses: a value of nothing", () => {
    assert.deepEqual(writeReplay(stored({ attributes: { empty: "" } })).attributes, {
      inboxKey: "key#2",
      facts: "handover",
    });
  });

  it("keeps what is needed where there are more attributes than the queue takes", () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`other${index}`, "x"]));
    const attributes = { ...many, tracestate: "s", traceparent: "p", eventType: "type" };
    const sent = writeReplay(stored({ attributes })).attributes;
    const kept = ["tracestate", "traceparent", "eventType", "other0", "other1", "other2", "other3", "other4"];
    assert.deepEqual(Object.keys(sent), [...kept, "inboxKey", "facts"]);
    const withoutFacts = writeReplay(stored({ attributes, facts: [null] })).attributes;
    assert.deepEqual(Object.keys(withoutFacts), [...kept, "other5", "inboxKey"]);
  });

  it("leaves out what no one needs where the message grows too large, and nothing where it just fits", () => {
    // 4 attributes of 6 bytes of type each: names and values are those below.
    const own = "inboxKey".length + "key#2".length + "facts".length + "handover".length;
    const others = "eventType".length + "type".length + "other".length + "é".length + 1;
    const body = "x".repeat(262_144 - own - others - 4 * "String".length);
    const attributes = { eventType: "type", other: "é" };
    assert.deepEqual(Object.keys(writeReplay(stored({ body, attributes })).attributes).length, 4);
    const tooLarge = writeReplay(stored({ body: `${body}x`, attributes }));
    assert.deepEqual(Object.keys(tooLarge.attributes), ["eventType", "inboxKey", "facts"]);
    assert.equal(tooLarge.body.length, body.length + 1);
  });
});
