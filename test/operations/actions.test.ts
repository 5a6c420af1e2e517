import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { insertAction, listActionsAbout } from "../../src/operations/action/action-store.ts";
import { actionDetailsSchema } from "../../src/operations/action/action-result.ts";
import { refreshEventType } from "../../src/sync/events/event-table.ts";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { journalise, quarantine } from "./stored-rows.ts";

const pageSchema = z.object({
  actions: z.array(z.looseObject({ takenAt: z.string(), reason: z.string().optional() })),
  next: z.string().optional(),
});

describe("the record of what operators did", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
    for (const number of [1, 2, 3]) {
      await insertAction(operations.store, {
        actor: "A_PERSON",
        action: "replay",
        reason: `reason ${number}`,
        subject: { inboxKeys: [`key-${number}`, "shared"] },
      });
    }
    await insertAction(operations.store, {
      actor: "a-client",
      action: "retry-all-dlqs",
      reason: null,
      subject: { queue: "dlq", messagesFoundCount: 2 },
    });
  });
  after(() => operations[Symbol.asyncDispose]());

  const page = async (query: string) => {
    const { status, body, text } = await operations.ask(`GET /operations/actions${query}`);
    assert.equal(status, 200, text);
    return pageSchema.parse(body);
  };

  it("says who did what, to what, when and why, newest first", async () => {
    const { actions, next } = await page("");
    assert.equal(next, undefined);
    const [first, second] = actions;
    assert.ok(first && second);
    const { takenAt, id, ...rest } = first;
    assert.equal(id, 4);
    assert.ok(Math.abs(Date.now() - Date.parse(takenAt)) < 60_000);
    assert.deepEqual(rest, {
      actor: "a-client",
      action: "retry-all-dlqs",
      subject: { queue: "dlq", messagesFoundCount: 2 },
      result: "Done",
    });
    assert.deepEqual(
      { ...second, takenAt },
      {
        takenAt,
        id: 3,
        actor: "A_PERSON",
        action: "replay",
        reason: "reason 3",
        subject: { inboxKeys: ["key-3", "shared"] },
        result: "Under way: 0 of 2 settled",
      },
    );
  });

  it("says in short what became of each: of its messages since then, or of the run that it ordered", async () => {
    const { database, store } = operations;
    const record = (action: "replay" | "repair" | "reconcile", subject: Readonly<Record<string, unknown>>) =>
      insertAction(store, { actor: "A", action, reason: "r", subject });
    const [run] = await database.query(
      `insert into mpc_delius.reconciliation_run (selection, finished_at, totals)
       values ('{"all": true}', now(), '{"differences": {"pom-extra": 3, "stale": 2}, "deletes": {"extra": 0, "stale": 0}}')
       returning reconciliation_run_id::integer as id`,
    );
    const refreshRun = "2026-04-02-7";
    await database.query(
      `insert into mpc_delius.refresh_run (refresh_run_id, started_by, dry_run, remove_stale, selection, sent, finished_at)
       values ($1, 'A', false, false, '{}', 3, now())`,
      [refreshRun],
    );
    await quarantine(database, { inbox_key: `refresh-${refreshRun}-4`, event_type: refreshEventType });
    const inboxKeys = Array.from({ length: 999 }, (_, index) => `many-${index}`);
    const ids = [
      await record("replay", { inboxKeys: ["one-too-many"] }),
      await record("replay", { inboxKeys }),
      await record("repair", { refreshRun, cases: 3 }),
      await record("reconcile", { reconciliationRun: run?.["id"] }),
      await record("replay", { inboxKeys: ["early"] }),
    ];
    await journalise(database, { inbox_key: "early" });
    await database.query(`insert into mpc_delius.inbox (inbox_key, received_at) values ('early', now())`);
    const results = (await page("?size=5")).actions.map(({ result }) => result);
    assert.deepEqual(results, [
      "1 settled",
      "Finished: 5 differences",
      "Finished: 3 sent, 1 quarantined",
      "Under way: 0 of 999 settled",
      undefined,
    ]);
    const { body } = await operations.ask(`GET /operations/actions/${ids[2]}`);
    assert.equal(z.looseObject({ result: z.string() }).parse(body).result, "Finished: 3 sent, 1 quarantined");
    await database.query("delete from mpc_delius.operator_action where operator_action_id = any($1)", [ids]);
  });

  it("keeps a replay cancelled that was, also when the message is replayed again later", async () => {
    const { database, store } = operations;
    const record = async (action: "replay" | "cancel-group-replay", ...inboxKeys: readonly string[]) => {
      const id = await insertAction(store, { actor: "A", action, reason: "r", subject: { inboxKeys } });
      const [row] = await database.query(
        `update mpc_delius.operator_action set taken_at = now() - interval '1 minute' + $1 * interval '1 second'
         where operator_action_id = $1 returning operator_action_id::integer as id`,
        [id],
      );
      return Number(row?.["id"]);
    };
    const ids = [
      await record("replay", "twice", "sent-once"),
      await record("cancel-group-replay", "twice"),
      await record("replay", "twice"),
    ];
    await quarantine(database, { inbox_key: "twice", state: "settled", replays: 2 });
    await journalise(database, { inbox_key: "twice#2", decided_at: new Date(Date.now() + 1_000) });
    await database.query(`insert into mpc_delius.inbox (inbox_key, received_at) values ('twice', now())`);
    const listStates = async (id: number | undefined) => {
      const { body } = await operations.ask(`GET /operations/actions/${id}`);
      return actionDetailsSchema.parse(body).items.map((item) => [item.inboxKey, item.state, ...item.outcomes]);
    };
    assert.deepEqual(await listStates(ids[0]), [
      ["twice", "cancelled"],
      ["sent-once", "sent"],
    ]);
    assert.deepEqual(await listStates(ids[2]), [["twice", "settled", "PomAllocated"]]);
    await database.query("delete from mpc_delius.operator_action where operator_action_id = any($1)", [ids]);
  });

  it("shows one action with what became of each message since, and how far they have come", async () => {
    const { database, store } = operations;
    await quarantine(database, {
      inbox_key: "again",
      reason: "UnknownTeam",
      error: "No team.",
      replays: 1,
      sent_at: "2026-04-02T12:00:00Z",
    });
    await quarantine(database, { inbox_key: "off", replays: 1 });
    await quarantine(database, { inbox_key: "waits", state: "replaying", replays: 1 });
    await quarantine(database, { inbox_key: "sent", state: "replaying", replays: 1, sent_at: "2026-04-02T12:00:00Z" });
    await quarantine(database, { inbox_key: "done", state: "settled", replays: 1 });
    await journalise(database, { inbox_key: "done", outcome: "UnknownPrison" });
    const inboxKeys = ["again", "off", "waits", "sent", "done"];
    const refused = [{ inboxKey: "other", message: "The message is settled" }];
    const id = await insertAction(store, {
      actor: "A",
      action: "replay",
      reason: "r",
      subject: { inboxKeys, refused },
    });
    // Certainly later: the database rounds the time of the action up to the next millisecond.
    await journalise(database, { inbox_key: "done#1", decided_at: new Date(Date.now() + 1_000) });
    await database.query(`insert into mpc_delius.inbox (inbox_key, received_at) values ('done', now())`);
    const { body } = await operations.ask(`GET /operations/actions/${id}`);
    const { items, progress } = z.looseObject({ items: z.unknown(), progress: z.unknown() }).parse(body);
    assert.deepEqual(items, [
      { inboxKey: "again", state: "failed", outcomes: [], message: "No team." },
      { inboxKey: "off", state: "cancelled", outcomes: [] },
      { inboxKey: "waits", state: "ordered", outcomes: [] },
      { inboxKey: "sent", state: "sent", outcomes: [] },
      { inboxKey: "done", state: "settled", outcomes: ["PomAllocated"] },
      { inboxKey: "other", state: "refused", outcomes: [], message: "The message is settled" },
    ]);
    assert.deepEqual(progress, { ordered: 5, sent: 3, settled: 1, failed: 1, cancelled: 1 });
    for (const unknown of ["999", "0", "x", "9".repeat(20)])
      assert.equal((await operations.ask(`GET /operations/actions/${unknown}`)).status, 404, unknown);
    await database.query("delete from mpc_delius.operator_action where operator_action_id = $1", [id]);
  });

  it("is read page by page", async () => {
    const first = await page("?size=3");
    const second = await page(`?size=3&before=${first.next}`);
    assert.deepEqual(
      [first, second].map(({ actions }) => actions.map(({ reason }) => reason)),
      [[undefined, "reason 3", "reason 2"], ["reason 1"]],
    );
    assert.equal(second.next, undefined);
  });

  it("is found by message", async () => {
    const reasons = async (key: string) => (await listActionsAbout(operations.store, key)).map(({ reason }) => reason);
    assert.deepEqual(await reasons("key-2"), ["reason 2"]);
    assert.deepEqual(await reasons("shared"), ["reason 1", "reason 2", "reason 3"]);
    assert.deepEqual(await reasons("queue"), []);
  });

  it("refuses what it does not know", async () => {
    for (const query of ["?size=1000", "?before=nothing", "?actor=A_PERSON"]) {
      assert.equal((await operations.ask(`GET /operations/actions${query}`)).status, 400, query);
    }
  });
});
