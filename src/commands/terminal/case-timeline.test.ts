import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderTimeline } from "./case-timeline.ts";
import { explanationExample, type Explanation } from "../../operations/explanation/explanation-schema.ts";

function render(changed: Partial<Explanation>): string {
  return renderTimeline({ width: 200, hasEmphasis: false }, { ...explanationExample, ...changed });
}

const [message] = explanationExample.messages;

describe("the timeline of a case", () => {
  it("says of a dry run that nothing was written", () => {
    assert.ok(message);
    const changes = [{ record: "key date", before: null, after: { type: "POM1", date: "2026-01-31" } }];
    const decisions = message.decisions.map((one) => ({ ...one, outcomeClass: "written" as const, changes }));
    const text = render({ messages: [{ ...message, dryRun: true, decisions }] });
    assert.match(text, / \(dry run: nothing was written\)$/m);
    assert.match(text, /^ {2}POM allocation: Delius would have been changed/m);
    assert.match(text, /^ {6}Would be added: handover date – type POM1/m);
  });

  it("says how often a message was delivered, and what is not known of it", () => {
    assert.ok(message);
    const { occurredAt: _, eventType: __, ...bare } = message;
    const text = render({ messages: [{ ...bare, deliveries: 3, decisions: [] }] });
    assert.match(text, / A message of another kind$/m);
    assert.match(text, /When it happened is not known, .*; delivered 3 times, settled once$/m);
  });

  it("says of a number that Delius has no case for what came and what it waits for", () => {
    const { crn: _, ...bare } = explanationExample;
    const cases = [
      { inDelius: "absent", says: /^NOMS number A1001AA, at .*\nDelius has no case with this number/ },
      { inDelius: "deleted", says: /^NOMS number A1001AA, at .*\nThe case is deleted in Delius: X100001 \(deleted\)/ },
      {
        inDelius: "ambiguous",
        says: /^NOMS number A1001AA, at .*\nSeveral cases in Delius share this number: X100001/,
      },
    ] as const;
    for (const { inDelius, says } of cases) {
      const named = inDelius === "absent" ? {} : { cases: [{ crn: "X100001", isDeleted: inDelius === "deleted" }] };
      const text = renderTimeline({ width: 200, hasEmphasis: false }, { ...bare, ...named, inDelius });
      assert.match(text, says);
      assert.doesNotMatch(text, /Responsible officer$/m);
      assert.match(text, /The POM changed in Manage POM Cases/);
    }
  });

  it("says that an outside employee is the COM, of whom Delius holds neither officer nor team", () => {
    const { provider, start } = explanationExample.coms[0] ?? assert.fail();
    const [responsible] = explanationExample.responsibleOfficers;
    assert.ok(responsible);
    const { officer: _, ...outside } = { ...responsible, office: "COM" as const };
    const text = render({
      com: { provider },
      coms: [{ standing: "current", provider, start }],
      responsibleOfficers: [outside],
    });
    assert.match(text, /^ {2}An outside employee, Leeds \(HMP\) \(N03\)$/m);
    assert.match(text, /^ {2}Now, from .*: the COM, an outside employee$/m);
  });

  it("says where there is nothing", () => {
    const { com: _, nomsNumber: __, ...bare } = explanationExample;
    const nothing = { poms: [], responsibleOfficers: [], custodies: [], messages: [] };
    const present = { result: "not known" as const, message: "Nobody knows" };
    const text = renderTimeline({ width: 200, hasEmphasis: false }, { ...bare, ...nothing, present });
    assert.equal(text.match(/^ {2}None/gm)?.length, 7);
    assert.match(text, /NOMS number none/);
    assert.match(text, /^ {2}Nobody knows\.$/m);
  });

  it("says when no sentence change can end a wait", () => {
    const one = { nomsNumber: "A1001AA", fact: "handover" as const, inboxKey: "key", since: "2026-01-02T10:00:00Z" };
    const waiting = { ...one, outcome: "NoActiveCustodialSentence", waitsFor: "sentence change" as const };
    const inVain = /No case in Delius has this NOMS number any more, so nothing can end the wait: dismiss it\./;
    assert.match(render({ waiting: [{ ...waiting, isNumberInDelius: false }] }), inVain);
    assert.doesNotMatch(render({ waiting: [{ ...waiting, isNumberInDelius: true }] }), inVain);
  });

  it("names what waits and what was quarantined, with replays", () => {
    const since = "2026-01-02T10:00:00Z";
    const shared = { nomsNumber: "A1001AA", inboxKey: "key" };
    const text = render({
      waiting: [
        {
          ...shared,
          fact: "handover",
          outcome: "PersonNotFound",
          waitsFor: "prison identifier",
          since,
          isNumberInDelius: false,
        },
      ],
      quarantined: [
        {
          ...shared,
          reason: "UnknownPrison",
          error: "Nobody knows the prison.",
          firstSeen: since,
          lastSeen: since,
          state: "settled",
          since,
          replays: 2,
        },
      ],
    });
    assert.match(text, /Handover dates: waits for a prison identifier since 02\/01\/2026 10:00:00/);
    assert.match(text, /The message: UnknownPrison; settled since 02\/01\/2026 10:00:00; replayed 2 times/);
  });
});
