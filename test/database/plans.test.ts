import assert from "node:assert/strict";
import pg from "pg";
import { after, before, describe, it, test } from "node:test";
import { z } from "zod";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { sessionOptions } from "../../src/platform/database/session-settings.ts";
import { nameKey } from "../../src/delius/staff/officer.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { collectStatements, type FoundStatement } from "../support/statements.ts";

const cases = 20_000;
const million = 1_000_000;
const manyRows = 1_000;
const now = "2026-07-01T12:00:00";

/** Statements about tables and sessions read PostgreSQL's own catalogue, no matter what is in the tables. */
const isOfSchema = (file: string) => /^src\/(platform\/database|delius\/schema)\//.test(file);

/** Values of the look-ups, for a set of one and for a set of many. */
const values: Readonly<Record<string, (size: number) => readonly unknown[]>> = {
  look: (size) => [
    list(size, (i) => `key-${i}`),
    list(size, (i) => (i % 2 ? noms(i) : null)),
    list(size, (i) => (i % 2 ? null : crn(i))),
  ],
  "lock-persons": (size) => [list(size, offenderId)],
  "list-custodies": (size) => [list(size, offenderId)],
  "list-allocation-records": (size) => [
    list(size, offenderId),
    list(size, (i) => (i % 3 ? "LEI" : null)),
    list(size, (i) => (i % 3 ? nameKey("Evans") : null)),
    now,
  ],
  "list-highest-officer-numbers": () => ["N03"],
  "list-stored-cases": (size) => [
    list(size, (i) => (i % 2 ? null : crn(i))),
    list(size, (i) => (i % 2 ? noms(i) : null)),
    now,
  ],
  "list-registrations": (size) => [list(size, crn)],
  "count-deliveries": (size) => [list(size, (i) => `key-${i}`)],
  "list-cases-in-scope": (size) => [0, size, now],
  "list-named-by-noms": (size) => [list(size, noms)],
  "list-named-by-crn": (size) => [list(size, crn)],
  "list-refresh-outcomes": (size) => [list(size, (i) => `key-${i}`)],
  "explain-other-case": (size) => [crn(1), noms(2), null, Number.MAX_SAFE_INTEGER, size],
  "get-frame": () => ["a session"],
  "list-stored-explanations": (size) => [crn(1), noms(2), null, Number.MAX_SAFE_INTEGER, size],
};

/** Statements that read a whole table, and which: they tell of all of it, or Delius has no index for what they seek. */
const wholeTables: Readonly<Record<string, readonly string[]>> = {
  "list-waiting-groups": ["waiting"],
  "list-quarantine-groups": ["quarantine"],
  "list-cases-of-prison": ["prison_offender_manager"],
  "draw-sample": ["offender"],
  "list-doubled-codes": ["staff"],
};

/** Tables that grow with the cases and the messages. */
const grows = new Set(
  `offender offender_manager event disposal custody key_date case_allocation registration staff staff_team
  prison_offender_manager responsible_officer inbox journal waiting quarantine attempt difference operator_action
  console_form ended_session`.split(/\s+/),
);

function list<Item>(size: number, make: (index: number) => Item): readonly Item[] {
  return Array.from({ length: size }, (_, index) => make(index));
}

function offenderId(index: number): number {
  return 1_001 + index * 37;
}

function crn(index: number): string {
  return `Y${String(index * 37).padStart(6, "0")}`;
}

function noms(index: number): string {
  return `G${String(index * 37).padStart(4, "0")}AA`;
}

describe("the plans of the statements, in a database of 20,000 cases", () => {
  let database: TestDatabase;
  let client: pg.Client;
  let big: ReadonlySet<string>;
  let statements: readonly FoundStatement[];
  before(async () => {
    database = await createTestDatabase("template1");
    await seedDatabase({ url: database.url, cases });
    await fillOwnTables(database);
    big = await listBigTables(database);
    statements = await collectStatements();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
  });

  it("are looked at beside tables that are big", () => {
    const missing = [...grows].filter((table) => !big.has(table));
    assert.deepEqual(missing, []);
  });

  const listBigScans = async (statement: FoundStatement, size: number) => {
    const parameters = values[statement.name]?.(size) ?? [];
    const tables = await listScans(client, `explain (format json) ${statement.text}`, parameters);
    return tables.filter((table) => big.has(table)).map((table) => `${statement.name} of ${size} scans ${table}`);
  };
  const listLookUps = () => {
    const found = statements.filter(({ name }) => name in values);
    assert.equal(found.length, Object.keys(values).length);
    return found;
  };

  it("scan no big table whole for the look-ups of a message or of a full set", async () => {
    for (const lookUp of listLookUps()) {
      assert.deepEqual([...(await listBigScans(lookUp, 1)), ...(await listBigScans(lookUp, 16))], []);
    }
  });

  it("find what is quarantined of a number by an index of its own", async () => {
    for (const name of ["explain-other-case", "list-stored-explanations"]) {
      const statement = statements.find((one) => one.name === name);
      assert.ok(statement);
      const nodes = await listNodes(client, `explain (format json) ${statement.text}`, values[name]?.(1));
      const used = nodes.map((node) => node["Index Name"]);
      assert.ok(used.includes("quarantine_noms_number"), `${name} uses ${used.join()}`);
    }
  });

  describe("told that there are a million", () => {
    // The planner multiplies: what it knows of the values of 20,000 cases holds for more of their kind.
    before(() =>
      database.query(`update pg_class set reltuples = reltuples * ${million / cases} where relname = any($1)`, [
        [...big],
      ]),
    );

    it("scan no big table whole for look-ups of any size", async () => {
      for (const lookUp of listLookUps()) {
        for (const size of [1, 16, 500]) assert.deepEqual(await listBigScans(lookUp, size), []);
      }
    });

    it("scan no big table whole for any statement, no matter what the values", async () => {
      const planned = statements.filter(({ file }) => !isOfSchema(file));
      assert.ok(planned.length > 15);
      for (const { name, text } of planned) {
        const tables = await listScans(client, `explain (generic_plan, format json) ${text}`);
        const wrong = tables.filter((table) => big.has(table) && wholeTables[name]?.includes(table) !== true);
        assert.deepEqual(wrong, [], name);
      }
    });
  });
});

test("a plan that was made while the tables were small scans none of those that grow", async () => {
  await using database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url, options: sessionOptions("public") });
  await client.connect();
  try {
    const statements = (await collectStatements()).filter(({ file }) => !isOfSchema(file));
    for (const { name, text } of statements) {
      const tables = await listScans(client, `explain (generic_plan, format json) ${text}`);
      const wrong = tables.filter((table) => grows.has(table) && wholeTables[name]?.includes(table) !== true);
      assert.deepEqual(wrong, [], name);
    }
  } finally {
    await client.end();
  }
});

async function fillOwnTables(database: TestDatabase): Promise<void> {
  await database.query(
    `insert into mpc_delius.inbox (inbox_key, received_at) select 'key-' || number, now() from generate_series(1, 60000) number`,
  );
  await database.query(
    `insert into mpc_delius.journal (inbox_key, fact, offender_id, received_at, decided_at, outcome, outcome_class,
       properties, reasons, changes)
     select 'key-' || number, case when number % 2 = 0 then 'handover' else 'allocation' end, 1001 + number % ${cases},
       now(), now(), 'NoPomChange', 'no change', '{}', '[]', '[]'
     from generate_series(1, 60000) number`,
  );
  await database.query(
    `insert into mpc_delius.waiting (noms_number, fact, outcome, waits_for, inbox_key, since)
     select noms_number, 'handover', 'NoActiveCustodialSentence', 'sentence change', 'key', now()
     from offender where crn like 'Y%' and training_session_id is null and noms_number is not null and offender_id % 5 = 0`,
  );
  await database.query(
    `insert into mpc_delius.quarantine (inbox_key, noms_number, reason, error, body, attributes, first_seen, last_seen,
       state)
     select 'key-' || number, 'G' || lpad((number % 2500)::text, 4, '0') || 'AA', 'Reason' || number % 13, 'An error', 'body', '{}', now(), now(),
       case number % 40 when 0 then 'held' when 1 then 'replaying' when 2 then 'discarded' else 'settled' end
     from generate_series(1, 5000) number`,
  );
  await database.query(
    `insert into mpc_delius.attempt (inbox_key, receives, dependency, error_class)
     select 'key-' || number % 20000, 1, 'mpc', 'HTTP 502' from generate_series(1, 60000) number`,
  );
  await database.query(
    `insert into mpc_delius.reconciliation_run (finished_at, selection, totals)
     select now(), '{"all": true}', '{"differences": {}, "deletes": {"extra": 0, "stale": 0}}' from generate_series(1, 60)`,
  );
  await database.query(
    `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed)
     select reconciliation_run_id, 1001 + number, 'A0000AA', 'handover', 'date-different', 'KeyDateUpdated', number % 20 > 0
     from mpc_delius.reconciliation_run, generate_series(1, 100) number`,
  );
  await database.query(
    `insert into mpc_delius.operator_action (actor, action, reason, subject)
     select 'A_PERSON', 'replay', 'A reason', json_build_object('inboxKeys', json_build_array('key-' || number))::jsonb
     from generate_series(1, 5000) number`,
  );
  await database.query(
    `insert into mpc_delius.console_form (form_id) select gen_random_uuid() from generate_series(1, 5000)`,
  );
  await database.query(
    `insert into mpc_delius.ended_session (session_id, expires_at)
     select gen_random_uuid(), now() from generate_series(1, 5000)`,
  );
  await database.query("analyze");
}

async function listBigTables(database: TestDatabase): Promise<ReadonlySet<string>> {
  const rows = await database.query("select relname as name from pg_class where relkind = 'r' and reltuples > $1", [
    manyRows,
  ]);
  return new Set(rows.map(({ name }) => String(name)));
}

const nodeSchema = z.looseObject({
  "Node Type": z.string(),
  "Relation Name": z.string().optional(),
  "Index Name": z.string().optional(),
  get Plans() {
    return z.array(nodeSchema).optional();
  },
});
type Node = z.infer<typeof nodeSchema>;
const planSchema = z.tuple([z.object({ "QUERY PLAN": z.tuple([z.object({ Plan: nodeSchema })]) })]);

/** The tables that a plan reads from end to end. */
async function listScans(
  client: pg.Client,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<readonly string[]> {
  const nodes = await listNodes(client, text, parameters);
  return nodes.flatMap((node) => (node["Node Type"] === "Seq Scan" ? (node["Relation Name"] ?? []) : []));
}

async function listNodes(
  client: pg.Client,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<readonly Node[]> {
  const { rows } = await client.query(text, [...parameters]);
  const [
    {
      "QUERY PLAN": [{ Plan: top }],
    },
  ] = planSchema.parse(rows);
  return walk(top);
}

function walk(node: Node): readonly Node[] {
  return [node, ...(node.Plans ?? []).flatMap(walk)];
}
