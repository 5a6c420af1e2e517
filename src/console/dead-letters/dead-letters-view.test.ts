import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeRedrive, viewDeadLetters, viewRedrive } from "./dead-letters-view.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const letter = {
  inboxKey: "a b",
  eventType: "offender-management.handover.changed",
  nomsNumber: "A1001AA",
  attempts: 5,
  lastFailure: { failedAt: "2026-11-28T11:00:00Z", dependency: "mpc", errorClass: "HTTP 502" },
  isQuarantined: false,
};
const bare = { inboxKey: "c", attempts: 0, isQuarantined: true };

describe("dead letters", () => {
  it("say how often each failed and how it did last, and offer all but the quarantined ones", () => {
    const view = viewDeadLetters({ queue: "dlq", found: 1_200, deadLetters: [letter, bare] }, now);
    assert.deepEqual([view.sentence, view.rest], ["1,200 dead letters on dlq.", "The first 2 are shown."]);
    const text = "Redrive the one that is not quarantined of the first 2 of 1,200";
    assert.deepEqual(view.all, { text, href: "/console/dead-letters/redrive?all=yes" });
    const [first, second] = view.rows;
    assert.deepEqual(
      [first?.href, first?.attempts, first?.failure?.text, first?.failure?.failed.ago],
      ["/console/messages/a%20b", "5 failed attempts", "Manage POM Cases: HTTP 502", "1 hour ago"],
    );
    assert.deepEqual(
      [second?.eventType, second?.attempts, second?.failure],
      ["no event type", "No failed attempt is kept", null],
    );
  });

  const offers = [
    [1, [letter], "Redrive the one dead letter"],
    [2, [letter, letter], "Redrive all 2 that are not quarantined"],
    [500, [letter, letter], "Redrive the first 2 of 500"],
    [500, [letter, letter, bare], "Redrive the 2 that are not quarantined of the first 3 of 500"],
  ] as const;
  for (const [found, deadLetters, text] of offers) {
    it(`are redriven by the button "${text}"`, () => {
      assert.equal(viewDeadLetters({ queue: "dlq", found, deadLetters: [...deadLetters] }, now).all?.text, text);
    });
  }

  it("offer no redrive where all are quarantined or none is there", () => {
    assert.equal(viewDeadLetters({ queue: "dlq", found: 1, deadLetters: [bare] }, now).all, null);
    assert.equal(viewDeadLetters({ found: 0, deadLetters: [] }, now).queue, null);
  });

  it("are parted before a redrive into those that are sent and those that stay", () => {
    const { title, sent, kept } = viewRedrive([letter, bare], now);
    assert.deepEqual([title, sent.length, kept.length], ["Redrive 1 dead letter", 1, 1]);
  });

  it("lead after a redrive to its result, and back where nothing was sent", () => {
    const refused = { inboxKey: "c", result: "refused" as const, message: "The message is quarantined" };
    const done = describeRedrive({ results: [{ inboxKey: "a", result: "sent" }, refused], action: 7 });
    assert.equal(done.location, "/console/actions/7?from=%2Fconsole%2Fdead-letters");
    assert.match(done.notice.text, /1 message not sent\. The message is quarantined\.$/);
    assert.deepEqual(describeRedrive({ results: [refused] }), {
      location: "/console/dead-letters",
      notice: { kind: "information", title: "Nothing was sent", text: "The message is quarantined." },
    });
  });
});
