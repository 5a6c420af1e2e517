import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MessagePage } from "../../operations/messages/message-schema.ts";
import { viewMessageList, type Filters } from "./message-list-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const times = { receivedAt: "2026-11-28T11:00:00Z", decidedAt: "2026-11-28T11:00:01Z" };
const factOf = (dryRun: boolean) => ({ outcome: "PomAllocated", outcomeClass: "written" as const, dryRun });
const view = (filters: Filters, messages: MessagePage["messages"] = []) => viewMessageList({ messages }, filters, now);

describe("the list of messages", () => {
  it("marks a dry run, and a message as one only where nothing of it was written", () => {
    const messages = [
      { inboxKey: "dry", ...times, facts: [factOf(true), factOf(true)] },
      { inboxKey: "mixed", ...times, facts: [factOf(true), factOf(false)] },
    ];
    assert.deepEqual(
      view({}, messages).rows.map(({ isDryRun, facts }) => [isDryRun, facts.map((fact) => fact.isDryRun)]),
      [
        [true, [true, true]],
        [false, [true, false]],
      ],
    );
  });

  for (const [filters, current] of [
    [{}, "All"],
    [{ outcomeClass: "written", dryRun: "false" }, "Written"],
    [{ dryRun: "true" }, "Dry runs"],
    [{ outcomeClass: "written" }, undefined],
  ] as const) {
    it(`has ${JSON.stringify(filters)} as ${current ?? "none"} of its classes`, () => {
      assert.equal(view(filters).classes.find(({ isCurrent }) => isCurrent)?.text, current);
    });
  }

  it("shows a time in a filter as every page does, and what was typed where it is none", () => {
    const { chips, filters } = view({ from: "28/11/2026", to: "now" });
    assert.deepEqual(
      chips.map(({ text }) => text),
      ["From: 28 November 2026 at 00:00", "To: now"],
    );
    assert.deepEqual(filters, { from: "28/11/2026", to: "now" });
  });

  it("lets the outcomes of a class be chosen, and drops one of another class on the way there", () => {
    const { outcomes, classes } = view({ outcomeClass: "waiting", outcome: "PersonNotFound" });
    assert.deepEqual(outcomes, [
      {
        name: "Waiting",
        outcomes: ["PersonNotFound", "NoActiveCustodialSentence", "MultipleActiveCustodialSentences"],
      },
    ]);
    assert.deepEqual(
      classes.filter(({ href }) => href.includes("outcome=PersonNotFound")).map(({ text }) => text),
      ["All", "Waiting", "Dry runs"],
    );
    assert.equal(view({}).outcomes.length, 4);
  });

  it("leaves dry runs out of each class, and keeps the other filters in each link", () => {
    const { classes, chips } = view({ eventType: "refresh", outcomeClass: "waiting", dryRun: "false" });
    assert.deepEqual(
      classes.map(({ text, href }) => [text, href]),
      [
        ["All", "/console/messages?eventType=refresh"],
        ["Written", "/console/messages?eventType=refresh&outcomeClass=written&dryRun=false"],
        ["No change", "/console/messages?eventType=refresh&outcomeClass=no%20change&dryRun=false"],
        ["Waiting", "/console/messages?eventType=refresh&outcomeClass=waiting&dryRun=false"],
        ["Quarantined", "/console/messages?eventType=refresh&outcomeClass=quarantined&dryRun=false"],
        ["Dry runs", "/console/messages?eventType=refresh&dryRun=true"],
      ],
    );
    assert.deepEqual(chips, [
      { text: "Event: refresh", href: "/console/messages?outcomeClass=waiting&dryRun=false", isCurrent: true },
    ]);
  });
});
