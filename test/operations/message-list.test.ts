import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { journalise } from "./stored-rows.ts";

const pageSchema = z.object({
  messages: z.array(z.looseObject({ inboxKey: z.string() })),
  next: z.string().optional(),
});

describe("the list of messages", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
    const { database } = operations;
    const at = (minute: number) => `2026-04-02T10:${minute}:00Z`;
    await journalise(database, { inbox_key: "one", decided_at: at(10) });
    await journalise(database, { inbox_key: "both", fact: "handover", decided_at: at(11), outcome: "KeyDateCreated" });
    // Another message was written in between: its row stands among those of the one before.
    await journalise(database, { inbox_key: "between", decided_at: at(11), noms_number: "A1002AA", crn: "X100002" });
    await journalise(database, {
      inbox_key: "both",
      decided_at: at(11),
      outcome: "UnknownPrison",
      outcome_class: "quarantined",
    });
    await journalise(database, {
      inbox_key: "bare",
      fact: null,
      event_type: null,
      noms_number: null,
      crn: null,
      decided_at: at(12),
      outcome: "UnreadableMessage",
      outcome_class: "quarantined",
    });
    await journalise(database, { inbox_key: "rehearsed", decided_at: at(13), dry_run: true, event_type: "refresh" });
  });
  after(() => operations[Symbol.asyncDispose]());

  const page = async (query: string) => {
    const { status, body, text } = await operations.ask(`GET /operations/messages${query}`);
    assert.equal(status, 200, text);
    return pageSchema.parse(body);
  };
  const keys = async (query: string) => (await page(query)).messages.map(({ inboxKey }) => inboxKey);

  it("reports each message once, newest first, with every fact of it", async () => {
    const { messages, next } = await page("");
    assert.equal(next, undefined);
    assert.deepEqual(
      messages.map(({ inboxKey }) => inboxKey),
      ["rehearsed", "bare", "both", "between", "one"],
    );
    assert.deepEqual(messages[2], {
      inboxKey: "both",
      eventType: "offender-management.allocation.changed",
      nomsNumber: "A1001AA",
      crn: "X100001",
      receivedAt: "2026-04-02T10:30:01.102+00:00",
      decidedAt: "2026-04-02T10:11:00+00:00",
      facts: [
        { fact: "handover", outcome: "KeyDateCreated", outcomeClass: "written", dryRun: false },
        { fact: "allocation", outcome: "UnknownPrison", outcomeClass: "quarantined", dryRun: false },
      ],
    });
  });

  it("leaves out what is not known of a message", async () => {
    const { messages } = await page("?outcome=UnreadableMessage");
    assert.deepEqual(messages, [
      {
        inboxKey: "bare",
        receivedAt: "2026-04-02T10:30:01.102+00:00",
        decidedAt: "2026-04-02T10:12:00+00:00",
        facts: [{ outcome: "UnreadableMessage", outcomeClass: "quarantined", dryRun: false }],
      },
    ]);
  });

  const filtered: readonly (readonly [query: string, found: readonly string[]])[] = [
    ["?outcome=KeyDateCreated", ["both"]],
    ["?outcomeClass=quarantined", ["bare", "both"]],
    ["?outcomeClass=waiting", []],
    ["?outcome=PomAllocated&outcomeClass=quarantined", []],
    ["?eventType=refresh", ["rehearsed"]],
    ["?dryRun=true", ["rehearsed"]],
    ["?outcomeClass=written&dryRun=false", ["between", "both", "one"]],
    ["?identifier=X100001&dryRun=true", ["rehearsed"]],
    ["?from=2026-04-02T10:11:00Z&to=2026-04-02T11:12:00%2B01:00", ["bare", "both", "between"]],
    ["?to=2026-04-02T10:10:59.999Z", ["one"]],
    ["?identifier=a1002aa", ["between"]],
    ["?identifier=X100002", ["between"]],
    ["?identifier=X100001&outcomeClass=written", ["rehearsed", "both", "one"]],
    ["?identifier=A9999ZZ", []],
    ["?identifier=X999999", []],
  ];
  for (const [query, found] of filtered) {
    it(`answers ${query} with ${found.join(", ") || "none"}`, async () => {
      assert.deepEqual(await keys(query), found);
    });
  }

  it("finds by either number what was about a case before it was linked, and what was about it under another", async () => {
    const { database } = operations;
    await journalise(database, { inbox_key: "unlinked", noms_number: "A1003AA", crn: null, offender_id: null });
    await journalise(database, { inbox_key: "renamed", noms_number: "Z9999ZZ", crn: "X100003", offender_id: 3 });
    await journalise(database, { inbox_key: "numberless", noms_number: null, crn: "X100003", offender_id: 3 });
    const found = ["numberless", "renamed", "unlinked"];
    assert.deepEqual(await keys("?identifier=X100003"), found);
    assert.deepEqual(await keys("?identifier=A1003AA"), found);
    await database.query("delete from mpc_delius.journal where inbox_key = any($1)", [found]);
  });

  for (const query of ["", "&identifier=X100001"]) {
    it(`is read page by page without a gap and without telling one twice: ?size=1${query}`, async () => {
      const all = await keys(`?size=200${query}`);
      const read: string[] = [];
      let next: string | undefined = "";
      while (next !== undefined) {
        const { messages, next: further }: z.infer<typeof pageSchema> = await page(
          `?size=1${query}${next === "" ? "" : `&before=${next}`}`,
        );
        read.push(...messages.map(({ inboxKey }) => inboxKey));
        next = further;
      }
      assert.deepEqual(read, all);
    });
  }

  const refused: readonly (readonly [query: string, field: string])[] = [
    ["?size=0", "size"],
    ["?size=201", "size"],
    ["?size=x", "size"],
    ["?size=1&size=2", "size"],
    ["?outcome=Nothing", "outcome"],
    ["?outcomeClass=dead", "outcomeClass"],
    ["?identifier=nobody", "identifier"],
    ["?from=yesterday", "from"],
    ["?to=2026-04-31T00:00:00Z", "to"],
    ["?before=x", "before"],
    [`?before=${Buffer.from("[1e300,1]").toString("base64url")}`, "before"],
    ["?dryRun=1", "dryRun"],
    ["?outcom=PomAllocated", "request"],
  ];
  for (const [query, field] of refused) {
    it(`refuses ${query} and says where the fault is`, async () => {
      const { status, body } = await operations.ask(`GET /operations/messages${query}`);
      const { fields } = z.object({ fields: z.array(z.object({ field: z.string() })) }).parse(body);
      assert.deepEqual([status, fields.map((one) => one.field)], [400, [field]]);
    });
  }

  it("looks through a bounded number of rows for a page, and goes on where it stopped", async () => {
    await operations.database.query(
      `insert into mpc_delius.journal (inbox_key, received_at, decided_at, outcome, outcome_class, properties, reasons, changes)
       select 'crowd-' || number, now(), '2026-05-01T00:00:00Z', 'NoPomChange', 'no change', '{}', '[]', '[]'
       from generate_series(1, 20001) number`,
    );
    const first = await page("?outcome=KeyDateCreated");
    assert.deepEqual(first.messages, []);
    assert.ok(first.next);
    const second = await page(`?outcome=KeyDateCreated&before=${first.next}`);
    assert.deepEqual(
      second.messages.map(({ inboxKey }) => inboxKey),
      ["both"],
    );
    assert.equal(second.next, undefined);
  });
});
