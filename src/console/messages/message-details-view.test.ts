import assert from "node:assert/strict";
import { test } from "node:test";
import { messageExamples, wholeMessageSchema, type WholeMessage } from "../../operations/messages/message-schema.ts";
import { decodeBody, viewChange, viewMessage } from "./message-details-view.ts";

test("the body of an SNS envelope is shown opened, and what is no JSON as it came", () => {
  assert.equal(decodeBody('{"Type":"Notification","Message":"{\\"a\\":1}"}'), '{\n  "a": 1\n}');
  assert.equal(decodeBody('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(decodeBody("not <b>JSON</b>"), "not <b>JSON</b>");
  assert.equal(decodeBody('{"a":2500974056123456789}'), '{\n  "a": 2500974056123456789\n}');
  const deep = "[".repeat(5_000) + "]".repeat(5_000);
  assert.equal(decodeBody(deep), deep);
  const wrapped = JSON.stringify({ Message: deep });
  assert.equal(decodeBody(wrapped), JSON.stringify({ Message: deep }, null, 2));
});

test("a change is shown field by field, with what is the same", () => {
  const change = {
    record: "key date",
    before: { type: "POM1", date: "2026-04-02" },
    after: { type: "POM1", date: "2026-05-02" },
  };
  assert.deepEqual(viewChange(change, "made"), {
    record: "handover date",
    kind: "Changed",
    fields: [
      { name: "type", before: "POM1", after: "POM1", isChanged: false },
      { name: "date", before: "2 April 2026", after: "2 May 2026", isChanged: true },
    ],
  });
  assert.equal(viewChange({ ...change, before: null }, "made").kind, "Added");
  assert.equal(viewChange({ ...change, after: null }, "made").kind, "Removed");
  assert.equal(viewChange(change, "rehearsed").kind, "Would be changed");
  assert.equal(viewChange("odd", "made").fields[0]?.after, '"odd"');
});

test("a message that was a dry run says so, and never that something changed", () => {
  const { journal, ...rest } = { ...messageExamples.whole, quarantine: [] };
  const change = { record: "POM", before: null, after: { officer: "N03A001" } };
  const view = (dryRun: boolean) => {
    const decisions = journal.map((one) => ({ ...one, fact: "allocation" as const, dryRun, changes: [change] }));
    const message: WholeMessage = {
      ...rest,
      journal: decisions.map((one) => ({ ...one, outcomeClass: "written" as const })),
    };
    const { state, decisions: shown } = viewMessage(message, Date.parse("2026-11-28T12:00:00Z"));
    return [state, shown.map(({ isDryRun, changes }) => [isDryRun, changes[0]?.kind])];
  };
  assert.deepEqual(view(true), ["Settled as a dry run: nothing was written to Delius.", [[true, "Would be added"]]]);
  assert.deepEqual(view(false), ["Settled.", [[false, "Added"]]]);
});

const whole: WholeMessage = wholeMessageSchema.parse(messageExamples.whole);
const [held] = whole.quarantine;
const unsettled = { settlements: [], journal: [], attempts: [], quarantine: [] };

const states: readonly (readonly [name: string, message: WholeMessage, state: string])[] = [
  ["is held", whole, "Quarantined: it waits for someone to replay or discard it."],
  ["was settled", { ...whole, quarantine: [] }, "Settled."],
  ["has failed so far", { ...whole, ...unsettled, attempts: whole.attempts }, "It failed and will be tried again."],
  ["is not settled", { ...whole, ...unsettled }, "Not settled yet."],
];
for (const [name, message, state] of states) {
  test(`a message that ${name} says so first`, () => {
    assert.equal(viewMessage(message, Date.parse("2026-11-28T12:00:00Z")).state, state);
  });
}

test("a message is shown with what came, who it is about, what failed and what was done, as far as that is known", () => {
  const view = viewMessage(whole, Date.parse("2026-11-28T12:00:00Z"));
  assert.equal(view.person, held?.nomsNumber);
  assert.equal(view.personHref, `/console/cases/${held?.nomsNumber}`);
  assert.equal(view.deliveries, "1 delivery");
  assert.deepEqual(
    view.attempts.map(({ text }) => text),
    ["Manage POM Cases failed: HTTP 502 (delivery 1)"],
  );
  assert.deepEqual([view.decisions[0]?.title, view.decisions[0]?.isReplay], ["POM allocation", false]);
  assert.equal(view.quarantine[0]?.body, '{\n  "Type": "Notification"\n}');
  const bare = viewMessage({ ...whole, ...unsettled }, Date.parse("2026-11-28T12:00:00Z"));
  assert.deepEqual([bare.eventType, bare.person, bare.received], ["A message without an event type", null, null]);
});

test("the decision of a replay is shown apart from that of the message itself", () => {
  const journal = whole.journal.map((one) => ({ ...one, inboxKey: `${one.inboxKey}#1` }));
  assert.equal(viewMessage({ ...whole, journal }, 0).decisions[0]?.isReplay, true);
});
