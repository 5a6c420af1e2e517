import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { z } from "zod";
import type { Database } from "../../src/platform/database/database.ts";
import { createRetentionJob, removeOld } from "../../src/operations/retention/retention-job.ts";
import { lockRetention } from "../../src/operations/retention/retention-store.ts";
import { createServiceRole, type ServiceRole } from "../support/service-role.ts";
import { collectStatements } from "../support/statements.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";
import { captureLines } from "./operations-fixture.ts";
import { journalise, quarantine } from "./stored-rows.ts";

const now = Date.parse("2026-04-02T10:00:00.000Z");
const day = 86_400_000;
const rules = { retentionDays: 90, historyDays: 2_190 };
const at = (days: number, milliseconds: number) => new Date(now - days * day + milliseconds).toISOString();
/** Just too old, and just not. */
const ages = (days: number): readonly (readonly [name: string, instant: string])[] => [
  ["old", at(days, -1)],
  ["young", at(days, 0)],
];
const settingsOf = (database: Database, batch = 2) => {
  const { log, lines } = captureLines();
  return { database, rules, log, lines, clock: () => now, random: () => 0.5, firstAfterMs: 0, batch };
};

describe("what is too old", () => {
  let database: TestDatabase;
  let role: ServiceRole;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    role = await createServiceRole(database);
    store = openStore(role);
    for (const [name, instant] of ages(90)) {
      const key = (kind: string) => `${kind} ${name}`;
      await database.query(
        "insert into mpc_delius.inbox (inbox_key, received_at, settled_at) select 'inbox ' || $1 || number, $2, $2 from generate_series(1, 5) number",
        [name, instant],
      );
      await database.query(
        "insert into mpc_delius.attempt (inbox_key, failed_at, receives, dependency, error_class) values ($1, $2, 1, 'mpc', 'x')",
        [key("attempt"), instant],
      );
      await journalise(database, { inbox_key: key("no change"), outcome_class: "no change", decided_at: instant });
      await journalise(database, { inbox_key: key("rehearsed"), dry_run: true, decided_at: instant });
      await journalise(database, { inbox_key: key("written"), decided_at: instant });
      for (const state of ["held", "replaying", "settled", "discarded"]) {
        await quarantine(database, { inbox_key: key(state), state, changed_at: instant });
      }
      await database.query("insert into mpc_delius.console_form (form_id, taken_at) values (gen_random_uuid(), $1)", [
        instant,
      ]);
      await insertAction(database, key("recent"), instant);
      await insertRuns(database, name, instant);
    }
    for (const [name, instant] of ages(2_190)) {
      await journalise(database, { inbox_key: `history ${name}`, decided_at: instant });
      await insertAction(database, `action ${name}`, instant);
    }
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await role[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const left = async (table: string, column = "inbox_key") => {
    const rows = await database.query(`select ${column} as name from mpc_delius.${table} order by 1`);
    return rows.map(({ name }) => name);
  };

  it("goes, in small batches, with the rights of the service alone; everything else stays", async () => {
    const settings = settingsOf(store);
    assert.deepEqual(await removeOld(settings, neverAborted()), {
      inbox: 5,
      attempts: 1,
      forms: 1,
      sessions: 0,
      unwritten: 2,
      quarantine: 2,
      differences: 3,
      reconciledOfficers: 1,
      reconciliations: 2,
      refreshes: 1,
      groupReplays: 2,
      written: 1,
      actions: 1,
    });
    assert.deepEqual(
      await left("inbox"),
      [1, 2, 3, 4, 5].map((number) => `inbox young${number}`),
    );
    assert.deepEqual(await left("attempt"), ["attempt young"]);
    assert.deepEqual(await left("journal"), [
      "history young",
      "no change young",
      "rehearsed young",
      "written old",
      "written young",
    ]);
    assert.deepEqual(await left("quarantine"), [
      "discarded young",
      "held old",
      "held young",
      "replaying old",
      "replaying young",
      "settled young",
    ]);
    assert.deepEqual(await left("operator_action", "actor"), ["action young", "recent old", "recent young"]);
    assert.deepEqual(await left("refused_redrive", "message"), ["action young", "recent old", "recent young"]);
    assert.deepEqual(await left("reconciliation_run", "selection ->> 'prison'"), ["empty young", "found young"]);
    assert.deepEqual(await left("difference", "distinct noms_number"), ["young"]);
    assert.deepEqual(await left("reconciled_officer", "officer_code"), ["young"]);
    assert.deepEqual(await left("refresh_run", "started_by"), ["young"]);
    assert.deepEqual(await left("group_replay", "ordered_by"), ["old and under way", "young"]);
    assert.equal(settings.lines.length, 1);
  });

  it("is nothing the second time, and nothing is said of it", async () => {
    const settings = settingsOf(store);
    const removed = await removeOld(settings, neverAborted());
    assert.deepEqual([...new Set(Object.values(removed))], [0]);
    assert.deepEqual(settings.lines, []);
  });

  it("does not go while it is being restored", async () => {
    await quarantine(database, { inbox_key: "restored", state: "discarded", changed_at: at(91, 0) });
    await using restoring = await database.hold(
      "update mpc_delius.quarantine set state = 'held', changed_at = now() where inbox_key = 'restored'",
    );
    assert.equal((await removeOld(settingsOf(store), neverAborted()))["quarantine"], 0);
    await restoring.commit();
    assert.equal((await removeOld(settingsOf(store), neverAborted()))["quarantine"], 0);
    assert.ok((await left("quarantine")).includes("restored"));
  });

  it("is left to the replica that is at it", async () => {
    await journalise(database, { outcome_class: "no change", decided_at: at(91, 0) });
    const removed = await store.transaction(async (tx) => {
      assert.equal(await lockRetention(tx), true);
      return { commit: true, value: await removeOld(settingsOf(store), neverAborted()) };
    }, neverAborted());
    assert.equal(removed["unwritten"], 0);
    assert.equal((await removeOld(settingsOf(store), neverAborted()))["unwritten"], 1);
  });

  it("waits when the service stops: the batch at hand is taken back", async () => {
    await journalise(database, { outcome_class: "no change", decided_at: at(91, 0) });
    const stopping = new AbortController();
    const clock = () => {
      stopping.abort(new Error("stopping"));
      return now;
    };
    await assert.rejects(removeOld({ ...settingsOf(store), clock }, stopping.signal), /stopping/);
    assert.equal((await removeOld(settingsOf(store), neverAborted()))["unwritten"], 1);
  });

  it("goes by itself as soon as the job runs, and the job ends at once when it is asked to", async () => {
    await journalise(database, { inbox_key: "last", outcome_class: "no change", decided_at: at(91, 0) });
    const told = Promise.withResolvers<object>();
    const { log } = captureLines();
    const watched = { ...log, info: (fields: object) => told.resolve(fields) };
    await using job = createRetentionJob({ ...settingsOf(store), log: watched });
    job.start();
    assert.deepEqual(await told.promise, {
      inbox: 0,
      attempts: 0,
      forms: 0,
      sessions: 0,
      unwritten: 1,
      quarantine: 0,
      differences: 0,
      reconciledOfficers: 0,
      reconciliations: 0,
      refreshes: 0,
      groupReplays: 0,
      written: 0,
      actions: 0,
    });
  });

  it("has to wait when the database fails, which is told without a word of what it is about", async () => {
    const broken: Database = {
      ...store,
      transaction: () => Promise.reject(new Error("no database")),
    };
    const told = Promise.withResolvers<unknown>();
    const { log } = captureLines();
    const watched = { ...log, warn: (fields: object, message: string) => told.resolve([message, fields]) };
    await using job = createRetentionJob({ ...settingsOf(broken), log: watched });
    job.start();
    assert.deepEqual(await told.promise, ["retention failed; will retry", { errorClass: "Error" }]);
  });
});

describe("the removal of what is too old, beside 30,000 rows that stay", () => {
  let database: TestDatabase;
  let client: pg.Client;
  before(async () => {
    database = await createTestDatabase();
    const rows = "generate_series(1, 30000) number";
    const young = `now() - number * interval '1 second'`;
    await database.query(
      `insert into mpc_delius.inbox (inbox_key, received_at, settled_at) select 'k' || number, ${young}, ${young} from ${rows}`,
    );
    // Written rows of years stand before everything that may go.
    await database.query(
      `insert into mpc_delius.journal (inbox_key, received_at, decided_at, outcome, outcome_class, properties, reasons, changes)
       select 'k' || number, now(), ${young} - interval '1 year', 'PomAllocated', 'written', '{}', '[]', '[]' from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.attempt (inbox_key, failed_at, receives, dependency, error_class) select 'k', ${young}, 1, 'mpc', 'x' from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.quarantine (inbox_key, reason, error, body, attributes, first_seen, last_seen, state, changed_at)
       select 'k' || number, 'UnknownPrison', 'e', 'b', '{}', now(), now(), case when number % 2 = 0 then 'held' else 'settled' end, ${young} from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.operator_action (taken_at, actor, action, subject) select ${young}, 'a', 'replay', '{}' from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.reconciliation_run (started_at, selection) select ${young}, '{}' from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, class, outcome)
       select reconciliation_run_id, 1, 'A', 'stale', 'o' from mpc_delius.reconciliation_run`,
    );
    await database.query(
      `insert into mpc_delius.reconciled_officer (reconciliation_run_id, officer_code, staff_code, offender_id, noms_number)
       select reconciliation_run_id, 'c', 1, 1, 'A' from mpc_delius.reconciliation_run`,
    );
    await database.query(
      `insert into mpc_delius.refresh_run (refresh_run_id, started_at, started_by, dry_run, remove_stale, selection)
       select 'r' || number, ${young}, 'a', true, false, '{}' from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.group_replay (started_at, finished_at, ordered_by, order_reason, quarantine_reason, messages)
       select ${young}, now(), 'a', 'r', 'UnknownPrison', 1 from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.console_form (form_id, taken_at) select gen_random_uuid(), ${young} from ${rows}`,
    );
    await database.query(
      `insert into mpc_delius.ended_session (session_id, expires_at) select 's' || number, ${young} from ${rows}`,
    );
    await database.query("analyze");
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
  });

  it("reads what goes and nothing else", async () => {
    const statements = (await collectStatements()).filter(({ name }) => name.startsWith("remove-old-"));
    assert.equal(statements.length, 13);
    const cutoff = Date.now() - 95 * day;
    for (const { name, text } of statements) {
      const moment = name === "remove-old-written" ? Date.now() - 2_190 * day : cutoff;
      const pages = await countPages(client, `explain (analyze, buffers, format json) ${text}`, [moment, 500]);
      assert.ok(pages < 30, `${name} reads ${pages} pages`);
    }
  });
});

/** Two reconciliations, one of which found something, and a run of refreshes. */
async function insertRuns(database: TestDatabase, name: string, instant: string): Promise<void> {
  const rows = await database.query(
    `insert into mpc_delius.reconciliation_run (started_at, selection)
     values ($1, json_build_object('prison', 'found ' || $2)), ($1, json_build_object('prison', 'empty ' || $2))
     returning reconciliation_run_id as id`,
    [instant, name],
  );
  const id = rows[0]?.["id"];
  await database.query(
    `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, class, outcome)
     select $1, number, $2, 'stale', 'NoHandoverData' from generate_series(1, 3) number`,
    [id, name],
  );
  await database.query(
    `insert into mpc_delius.reconciled_officer (reconciliation_run_id, officer_code, staff_code, offender_id, noms_number)
     values ($1, $2, 1, 1, $2)`,
    [id, name],
  );
  await database.query(
    `insert into mpc_delius.refresh_run (refresh_run_id, started_at, started_by, dry_run, remove_stale, selection)
     values ($2, $1, $2, true, false, '{}')`,
    [instant, name],
  );
  await database.query(
    `insert into mpc_delius.group_replay (started_at, finished_at, cancelled_at, ordered_by, order_reason, quarantine_reason, messages)
     select $1::timestamptz, now(), null::timestamptz, $2::text, 'r', 'UnknownPrison', 1
     union all select $1::timestamptz, null, null, 'old and under way', 'r', 'UnknownTeam', 1 where $2::text = 'old'
     union all select $1::timestamptz, null, now(), 'old and cancelled', 'r', 'UnknownTeam', 1 where $2::text = 'old'`,
    [instant, name],
  );
}

function insertAction(database: TestDatabase, actor: string, instant: string) {
  return database.query(
    `with action as (
       insert into mpc_delius.operator_action (taken_at, actor, action, subject) values ($1, $2, 'retry-dlq', '{}')
       returning operator_action_id
     )
     insert into mpc_delius.refused_redrive select operator_action_id, 'key', $2 from action`,
    [instant, actor],
  );
}

const planSchema = z.tuple([
  z.object({
    "QUERY PLAN": z.tuple([
      z.object({ Plan: z.object({ "Shared Hit Blocks": z.int(), "Shared Read Blocks": z.int() }) }),
    ]),
  }),
]);

async function countPages(client: pg.Client, text: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await client.query(text, [...values]);
  const [
    {
      "QUERY PLAN": [{ Plan: plan }],
    },
  ] = planSchema.parse(rows);
  return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
}
