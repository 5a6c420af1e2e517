import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../src/platform/database/database.ts";
import { recordEntries } from "../../src/sync/pipeline/journal-store.ts";
import type { JournalEntry, Outcome } from "../../src/sync/fact/outcome.ts";
import { crnSchema, nomsNumberSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

const receivedAt = Date.parse("2026-04-02T10:30:01.102Z");
const decidedAt = Date.parse("2026-04-02T10:30:02.203Z");

function settlement(outcome: Outcome, rest: Partial<JournalEntry> = {}): JournalEntry {
  return {
    inboxKey: "key",
    fact: "handover",
    offenderId: offenderIdSchema.parse(4),
    eventType: "type",
    nomsNumber: nomsNumberSchema.parse("A1004AA"),
    crn: crnSchema.parse("X100004"),
    occurredAt: null,
    receivedAt,
    decidedAt,
    decision: { outcome, properties: {}, reasons: ["One.", "Two."], changes: null },
    answer: null,
    dryRun: false,
    traceId: null,
    body: "the body",
    attributes: { name: "value" },
    ...rest,
  };
}

describe("the journal", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const record = (...settlements: readonly JournalEntry[]) =>
    store.transaction(async (tx) => {
      await recordEntries(tx, settlements);
      return { commit: true, value: null };
    }, neverAborted());
  const journalOf = (inboxKey: string) =>
    database.query("select * from mpc_delius.journal where inbox_key = $1 order by journal_id", [inboxKey]);
  const waitingFor = (noms: string) =>
    database.query("select * from mpc_delius.waiting where noms_number = $1 order by fact", [noms]);
  const quarantinedAs = (inboxKey: string) =>
    database.query("select * from mpc_delius.quarantine where inbox_key = $1 order by fact", [inboxKey]);
  const statesOf = async (inboxKey: string) =>
    (await quarantinedAs(inboxKey)).map(({ fact, state, reason }) => [fact, state, reason]);

  it("records nothing when nothing was settled", async () => {
    await record();
    assert.deepEqual(await database.query("select from mpc_delius.journal"), []);
  });

  it("keeps the whole journal entry", async () => {
    const changes = [{ record: "key date", before: null, after: { date: "2027-01-02" } }];
    const decision = {
      outcome: "KeyDateCreated",
      properties: { nomsId: "A1004AA" },
      reasons: ["Why."],
      changes,
    } as const;
    await record(
      settlement("KeyDateCreated", {
        inboxKey: "whole",
        occurredAt: Date.parse("2026-04-02T09:00:00Z"),
        decision,
        answer: { handoverDate: "2027-01-02" },
        traceId: "trace",
      }),
    );
    const [row] = await journalOf("whole");
    assert.deepEqual(row, {
      journal_id: row?.["journal_id"],
      inbox_key: "whole",
      fact: "handover",
      offender_id: "4",
      event_type: "type",
      noms_number: "A1004AA",
      crn: "X100004",
      occurred_at: new Date("2026-04-02T09:00:00Z"),
      received_at: new Date(receivedAt),
      decided_at: new Date(decidedAt),
      outcome: "KeyDateCreated",
      outcome_class: "written",
      dry_run: false,
      properties: { nomsId: "A1004AA" },
      answer: { handoverDate: "2027-01-02" },
      reasons: ["Why."],
      changes,
      trace_id: "trace",
    });
  });

  it("bears a message that names no one and no fact", async () => {
    const nobody = { fact: null, offenderId: null, eventType: null, nomsNumber: null, crn: null };
    await record(settlement("UnreadableMessage", { inboxKey: "nobody", ...nobody }));
    assert.equal((await journalOf("nobody")).length, 1);
    const [row] = await quarantinedAs("nobody");
    assert.deepEqual([row?.["fact"], row?.["noms_number"]], [null, null]);
  });

  it("gives its keys in the order of the journal entries, so that the fence is the last", async () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      settlement("NoKeyDateChange", { inboxKey: "many", receivedAt: index }),
    );
    await record(...many);
    const rows = await journalOf("many");
    assert.deepEqual(
      rows.map(({ received_at: at }) => at instanceof Date && at.getTime()),
      many.map((one) => one.receivedAt),
    );
  });

  it("lists a case that has to wait, once for each fact, since the first time", async () => {
    const noms = { nomsNumber: nomsNumberSchema.parse("A2001AA") };
    await record(
      settlement("NoActiveCustodialSentence", noms),
      settlement("PersonNotFound", { ...noms, fact: "allocation", inboxKey: "other" }),
    );
    await record(
      settlement("MultipleActiveCustodialSentences", { ...noms, inboxKey: "later", decidedAt: decidedAt + 60_000 }),
    );
    const shared = { noms_number: "A2001AA", since: new Date(decidedAt) };
    assert.deepEqual(await waitingFor("A2001AA"), [
      { ...shared, fact: "allocation", outcome: "PersonNotFound", waits_for: "prison identifier", inbox_key: "other" },
      {
        ...shared,
        fact: "handover",
        outcome: "MultipleActiveCustodialSentences",
        waits_for: "sentence change",
        inbox_key: "later",
      },
    ]);
  });

  it("takes a case off the list with any other outcome of that case and fact, and no other", async () => {
    const noms = { nomsNumber: nomsNumberSchema.parse("A2002AA") };
    const other = { nomsNumber: nomsNumberSchema.parse("A2003AA") };
    const outcome = "PersonNotFound";
    await record(
      settlement(outcome, noms),
      settlement(outcome, { ...noms, fact: "allocation" }),
      settlement(outcome, other),
    );
    await record(settlement("NoKeyDateChange", noms));
    assert.deepEqual(
      (await waitingFor("A2002AA")).map(({ fact }) => fact),
      ["allocation"],
    );
    assert.equal((await waitingFor("A2003AA")).length, 1);
    await record(settlement("InvalidAnswer", { ...other, inboxKey: "set aside" }));
    assert.deepEqual(await waitingFor("A2003AA"), []);
  });

  it("sets a message aside whole, with its reasons; a second time it keeps when it was first seen", async () => {
    await record(settlement("InvalidAnswer", { inboxKey: "aside" }));
    const again = settlement("UnknownPrison", {
      inboxKey: "aside",
      receivedAt: receivedAt + 1,
      decidedAt: decidedAt + 60_000,
    });
    await record(again);
    const [row, ...others] = await quarantinedAs("aside");
    assert.deepEqual(others, []);
    assert.deepEqual(row, {
      quarantine_id: row?.["quarantine_id"],
      inbox_key: "aside",
      fact: "handover",
      event_type: "type",
      noms_number: "A1004AA",
      reason: "UnknownPrison",
      error: "One. Two.",
      body: "the body",
      attributes: { name: "value" },
      first_seen: new Date(receivedAt),
      last_seen: new Date(decidedAt + 60_000),
      replays: 0,
      state: "held",
      changed_at: new Date(decidedAt + 60_000),
      due_at: null,
      sent_at: null,
      claimed_at: null,
    });
  });

  it("settles what was quarantined when its replay ends well, and only the facts that the replay is about", async () => {
    await record(
      settlement("InvalidAnswer", { inboxKey: "replayed" }),
      settlement("UnknownPrison", { inboxKey: "replayed", fact: "allocation" }),
    );
    await record(settlement("KeyDateCreated", { inboxKey: "replayed#1" }));
    assert.deepEqual(await statesOf("replayed"), [
      ["allocation", "held", "UnknownPrison"],
      ["handover", "settled", "InvalidAnswer"],
    ]);
  });

  it("sets a message aside again when its replay ends badly, with the new reason and the message as it was", async () => {
    await record(settlement("InvalidAnswer", { inboxKey: "again" }));
    await record(settlement("MismatchedAnswer", { inboxKey: "again#1", body: "another body" }));
    assert.deepEqual(await statesOf("again"), [["handover", "held", "MismatchedAnswer"]]);
    assert.equal((await quarantinedAs("again"))[0]?.["body"], "the body");
  });

  it("settles a message that told no fact once its replay tells one", async () => {
    await record(settlement("UnhandledEventType", { inboxKey: "unsent", fact: null }));
    await record(settlement("InvalidAnswer", { inboxKey: "unsent#1" }));
    assert.deepEqual(await statesOf("unsent"), [
      ["handover", "held", "InvalidAnswer"],
      [null, "settled", "UnhandledEventType"],
    ]);
  });

  it("leaves what was quarantined alone in a dry run of its replay", async () => {
    await record(settlement("InvalidAnswer", { inboxKey: "left" }));
    await record(settlement("KeyDateCreated", { inboxKey: "left#1", dryRun: true }));
    assert.deepEqual(await statesOf("left"), [["handover", "held", "InvalidAnswer"]]);
  });

  it("keeps of a dry run its journal rows only", async () => {
    const noms = { nomsNumber: nomsNumberSchema.parse("A2004AA") };
    await record(settlement("PersonNotFound", noms));
    await record(
      settlement("NoKeyDateChange", { ...noms, inboxKey: "dry", dryRun: true }),
      settlement("InvalidAnswer", { inboxKey: "dry", fact: "allocation", dryRun: true }),
      settlement("PersonNotFound", { inboxKey: "dry", nomsNumber: nomsNumberSchema.parse("A2005AA"), dryRun: true }),
    );
    assert.deepEqual(
      (await journalOf("dry")).map(({ outcome, dry_run: dryRun }) => [outcome, dryRun]),
      [
        ["NoKeyDateChange", true],
        ["InvalidAnswer", true],
        ["PersonNotFound", true],
      ],
    );
    assert.equal((await waitingFor("A2004AA")).length, 1);
    assert.deepEqual(await waitingFor("A2005AA"), []);
    assert.deepEqual(await quarantinedAs("dry"), []);
  });

  for (const [what, noise, borne] of [
    ["a null character", "null \0", "null \uFFFD"],
    ["half a surrogate pair", "first \uD83D, second \uDE00", "first \uFFFD, second \uFFFD"],
    ["neither, but what looks so in JSON", "\\u0000 \\ud83d \u{1F600}", "\\u0000 \\ud83d \u{1F600}"],
    ["quotes and a statement", "'; drop table contact; --", "'; drop table contact; --"],
  ] as const) {
    it(`keeps text that holds ${what}`, async () => {
      await record(settlement("UnreadableMessage", { inboxKey: what, body: noise, attributes: { noise } }));
      const [row] = await quarantinedAs(what);
      assert.deepEqual([row?.["body"], row?.["attributes"]], [borne, { noise: borne }]);
    });
  }
});
