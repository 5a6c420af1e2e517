import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import type { StoredMessage } from "../../src/operations/quarantine/replay.ts";
import { startOperations, type OperationsSettings } from "./operations-fixture.ts";
import { listRecorded, quarantine } from "./stored-rows.ts";

type Preview = NonNullable<OperationsSettings["preview"]>;

const decided = [{ fact: "allocation", outcome: "PomAllocated", reasons: ["Why."], changes: [] }] as const;
const previewPath = "POST /operations/quarantine/preview";

describe("a preview of a replay", () => {
  it("says what would be decided for each fact now, from the message as it is stored, and changes nothing", async () => {
    const asked: StoredMessage[] = [];
    const preview: Preview = async (message) => {
      asked.push(message);
      const change = { record: "pom", before: null, after: { endDate: null } };
      return [
        { fact: "allocation", outcome: "PomAllocated", reasons: ["Why."], changes: [change] },
        { fact: null, outcome: "UnreadableMessage", reasons: ["Not."], changes: [] },
      ];
    };
    await using operations = await startOperations({ preview });
    const { database } = operations;
    await quarantine(database, { fact: "handover", state: "settled", replays: 1 });
    await quarantine(database, { body: "the body" });
    const before = await database.query("select * from mpc_delius.quarantine order by quarantine_id");
    const { status, body } = await operations.ask(previewPath, { body: { inboxKeys: ["key", "unknown"] } });
    assert.equal(status, 200);
    assert.deepEqual(body, {
      results: [
        {
          inboxKey: "key",
          result: "previewed",
          facts: [
            {
              fact: "allocation",
              outcome: "PomAllocated",
              reasons: ["Why."],
              changes: [{ record: "pom", before: null, after: { endDate: null } }],
            },
            { outcome: "UnreadableMessage", reasons: ["Not."], changes: [] },
          ],
        },
        {
          inboxKey: "unknown",
          result: "refused",
          refusal: "unknown",
          message: "No message with this key is quarantined",
        },
      ],
      left: 0,
    });
    assert.deepEqual(asked, [
      {
        inboxKey: "key",
        body: "the body",
        attributes: { eventType: "offender-management.allocation.changed" },
        replay: 2,
        facts: ["allocation"],
      },
    ]);
    assert.deepEqual(await database.query("select * from mpc_delius.quarantine order by quarantine_id"), before);
    assert.deepEqual(await listRecorded(database), []);
  });

  it("of a group is of its oldest hundred, a few at a time", async () => {
    let now = 0;
    let most = 0;
    const preview: Preview = async () => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      return decided;
    };
    await using operations = await startOperations({ preview });
    await operations.database.query(
      `insert into mpc_delius.quarantine (inbox_key, fact, reason, error, body, attributes, first_seen, last_seen)
       select 'k' || number, 'allocation', 'UnknownPrison', 'error', 'body', '{}', now(), now()
       from generate_series(1, 101) number`,
    );
    const { body } = await operations.ask(previewPath, { body: { group: "UnknownPrison" } });
    const { results, left } = z.object({ results: z.array(z.unknown()), left: z.int() }).parse(body);
    assert.deepEqual([results.length, left], [100, 1]);
    assert.ok(most <= 4, `${most} at once`);
  });

  it("describes a message that cannot be previewed now, and previews the others", async () => {
    const preview: Preview = ({ inboxKey }) =>
      inboxKey === "a" ? Promise.reject(new DependencyError("mpc", "HTTP 502")) : Promise.resolve(decided);
    await using operations = await startOperations({ preview });
    await quarantine(operations.database, { inbox_key: "a" });
    await quarantine(operations.database, { inbox_key: "b" });
    const { body } = await operations.ask(previewPath, { body: { inboxKeys: ["a", "b"] } });
    const { results } = z.object({ results: z.array(z.object({ result: z.string() })) }).parse(body);
    assert.deepEqual(
      results.map(({ result }) => result),
      ["unavailable", "previewed"],
    );
  });

  it("ends when the service stops", async () => {
    const stopping = new AbortController();
    const preview: Preview = (_message, signal) => {
      stopping.abort();
      signal.throwIfAborted();
      return Promise.resolve(decided);
    };
    await using operations = await startOperations({ preview, stopping: stopping.signal });
    await quarantine(operations.database, {});
    const { status } = await operations.ask(previewPath, { body: { inboxKeys: ["key"] } });
    assert.equal(status, 503);
  });

  it("needs no reason, and takes none", async () => {
    await using operations = await startOperations();
    const { status } = await operations.ask(previewPath, { body: { inboxKeys: ["key"], reason: "r" } });
    assert.equal(status, 400);
  });
});
