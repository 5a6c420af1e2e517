import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { journalise, quarantine } from "./stored-rows.ts";

describe("everything that is known of a message", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
  });
  after(() => operations[Symbol.asyncDispose]());

  const ask = (key: string) => operations.ask(`GET /operations/messages/${encodeURIComponent(key)}`);

  it("is shown with its replays, its attempts, what is quarantined of it and who did what about it", async () => {
    const { database } = operations;
    await database.query(
      `insert into mpc_delius.inbox (inbox_key, event_type, noms_number, crn, received_at, settled_at, deliveries, last_delivered_at)
       values ('key', 'type', 'A1001AA', 'X100001', '2026-04-02T10:30:01Z', '2026-04-02T10:30:02Z', 2, '2026-04-02T10:31:00Z'),
         ('key#1', null, null, null, '2026-04-02T11:30:01Z', '2026-04-02T11:30:02Z', 1, null),
         ('key2', null, null, null, '2026-04-02T11:30:01Z', '2026-04-02T11:30:02Z', 1, null)`,
    );
    const answer = { handoverDate: null, nested: { b: null, a: 1 } };
    const kept = {
      properties: { nomsId: "A1001AA" },
      answer,
      reasons: ["One.", "Two."],
      changes: [{ record: "key date", before: null, after: { date: "2027-01-02" } }],
    };
    const texts = Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, JSON.stringify(value)]));
    await journalise(database, { inbox_key: "key", outcome: "UnknownPrison", outcome_class: "quarantined" });
    await journalise(database, {
      inbox_key: "key#1",
      ...texts,
      occurred_at: "2026-04-02T09:00:00Z",
      trace_id: "trace",
    });
    await journalise(database, { inbox_key: "key2" });
    await database.query(
      `insert into mpc_delius.attempt (inbox_key, failed_at, receives, dependency, error_class)
       values ('key', '2026-04-02T10:29:00Z', 1, 'mpc', 'HTTP 502'), ('key2', now(), 1, 'mpc', 'HTTP 502')`,
    );
    await quarantine(database, { changed_at: "2026-04-02T11:30:02Z", state: "settled", replays: 1 });
    await quarantine(database, { inbox_key: "key2" });
    await database.query(
      `insert into mpc_delius.operator_action (taken_at, actor, action, reason, subject)
       values ('2026-04-02T11:30:00Z', 'A_PERSON', 'replay', 'repaired', '{"inboxKeys": ["other", "key"]}'),
         (now(), 'A_PERSON', 'replay', 'repaired', '{"inboxKeys": ["key2"]}')`,
    );

    const { status, body } = await ask("key");
    assert.equal(status, 200);
    const times = { receivedAt: "2026-04-02T10:30:01.102+00:00", decidedAt: "2026-04-02T10:30:01.102+00:00" };
    assert.deepEqual(body, {
      inboxKey: "key",
      settlements: [
        {
          inboxKey: "key",
          eventType: "type",
          nomsNumber: "A1001AA",
          crn: "X100001",
          receivedAt: "2026-04-02T10:30:01+00:00",
          settledAt: "2026-04-02T10:30:02+00:00",
          deliveries: 2,
          lastDeliveredAt: "2026-04-02T10:31:00+00:00",
        },
        {
          inboxKey: "key#1",
          receivedAt: "2026-04-02T11:30:01+00:00",
          settledAt: "2026-04-02T11:30:02+00:00",
          deliveries: 1,
        },
      ],
      journal: [
        {
          inboxKey: "key",
          fact: "allocation",
          outcome: "UnknownPrison",
          outcomeClass: "quarantined",
          dryRun: false,
          ...times,
          properties: {},
          answer: null,
          reasons: [],
          changes: [],
        },
        {
          inboxKey: "key#1",
          fact: "allocation",
          outcome: "PomAllocated",
          outcomeClass: "written",
          dryRun: false,
          occurredAt: "2026-04-02T09:00:00+00:00",
          ...times,
          traceId: "trace",
          ...kept,
        },
      ],
      attempts: [
        {
          inboxKey: "key",
          failedAt: "2026-04-02T10:29:00+00:00",
          receives: 1,
          dependency: "mpc",
          errorClass: "HTTP 502",
        },
      ],
      quarantine: [
        {
          inboxKey: "key",
          fact: "allocation",
          eventType: "offender-management.allocation.changed",
          nomsNumber: "A1001AA",
          reason: "UnknownPrison",
          error: "No provider stands for the prison.",
          firstSeen: "2026-04-02T10:30:01.102+00:00",
          lastSeen: "2026-04-02T10:30:01.102+00:00",
          state: "settled",
          since: "2026-04-02T11:30:02+00:00",
          replays: 1,
          body: '{"Message":"the body"}',
          attributes: { eventType: "offender-management.allocation.changed" },
        },
      ],
      actions: [
        {
          takenAt: "2026-04-02T11:30:00+00:00",
          actor: "A_PERSON",
          action: "replay",
          reason: "repaired",
          subject: { inboxKeys: ["other", "key"] },
        },
      ],
    });
    assert.deepEqual((await ask("key#1")).body, body, "the key of a replay leads to the same");
  });

  it("is shown of a message that was never settled", async () => {
    await operations.database.query(
      `insert into mpc_delius.attempt (inbox_key, receives, dependency, error_class) values ('tried', 1, 'mpc', 'HTTP 502')`,
    );
    assert.equal((await ask("tried")).status, 200);
  });

  it("is shown of a key with any characters that a key may have", async () => {
    const odd = '/../%2F?a=b&c#d"<script>';
    await quarantine(operations.database, { inbox_key: odd });
    const { status, text } = await ask(odd);
    assert.equal(status, 200);
    assert.match(text, /"inboxKey":"\/\.\.\/%2F\?a=b&c#d\\"<script>"/);
  });

  it("shows stored markup as text that no browser takes for a page", async () => {
    const body = "<script>alert(1)</script>";
    await quarantine(operations.database, { inbox_key: "markup", body, error: body, event_type: body });
    const { body: told } = await ask("markup");
    assert.deepEqual(JSON.stringify(told).split(body).length - 1, 3);
    const response = await operations.raw("/operations/messages/markup");
    assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  });

  for (const key of ["nobody", "nul\0", "schön", " "]) {
    it(`is not found under ${JSON.stringify(key)}`, async () => {
      const { status, body } = await ask(key);
      const message = `Message ${key} not found`;
      assert.deepEqual(body, { status: 404, message, userMessage: message, developerMessage: message });
      assert.equal(status, 404);
    });
  }

  it("is never found in the log", () => {
    assert.deepEqual(operations.lines, []);
  });
});
