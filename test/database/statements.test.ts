import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { z } from "zod";
import { deliusTables } from "../../src/delius/schema/delius-tables.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { collectStatements, listStatementNames, type FoundStatement } from "../support/statements.ts";

/** What a column of each type is parsed from, after the driver has read it. */
const readAs: Readonly<Record<string, readonly string[]>> = {
  boolean: ["boolean"],
  smallint: ["number"],
  "double precision": ["number"],
  integer: ["number"],
  bigint: ["number"],
  text: ["string", "enum"],
  name: ["string", "enum"],
  "character varying": ["string", "enum"],
  character: ["string", "enum"],
  date: ["string"],
  "timestamp without time zone": ["string"],
  json: ["array", "object", "record", "union", "unknown"],
  jsonb: ["array", "object", "record", "union", "unknown"],
  "text[]": ["array"],
};

describe("the statements of the stores", () => {
  let database: TestDatabase;
  let statements: readonly FoundStatement[];
  before(async () => {
    database = await createTestDatabase();
    statements = await collectStatements();
  });
  after(() => database[Symbol.asyncDispose]());

  it("are found, all of them", () => {
    assert.ok(statements.length > 25);
    const names = statements.map(({ name }) => name);
    assert.deepEqual(
      names.toSorted(),
      [...new Set(names)].toSorted(),
      "a session prepares each under a name of its own",
    );
  });

  it("fit the database and answer the columns that their row schemas read", async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const misfits: string[] = [];
      for (const statement of statements) misfits.push(...(await findMisfits(client, statement)));
      assert.deepEqual(misfits, []);
    } finally {
      await client.end();
    }
  });

  it("leave Delius's time to the code, which converts it in one place (rule D3)", async () => {
    const found = await collectStatements("{src,sandbox}");
    const onDelius = found.filter(({ text }) => readsDelius(text));
    assert.ok(onDelius.length > 25);
    assert.deepEqual(
      onDelius.flatMap(({ file, name, text }) => (keepsTime(text) ? `${file} ${name}` : [])),
      [],
    );
  });

  for (const condition of ["end_date > now()", "start at time zone 'UTC' > $1", "end_date > Current_Timestamp"]) {
    it(`do not decide by the database's time, as in: ${condition}`, () => {
      const text = `select from prison_offender_manager where ${condition}`;
      assert.ok(readsDelius(text) && keepsTime(text));
    });
  }

  it("may answer the database's clock for the code to convert, and judge our own rows by it", () => {
    assert.ok(!keepsTime("select (extract(epoch from clock_timestamp()) * 1000)::bigint as now from offender"));
    assert.ok(!readsDelius("select from mpc_delius.inbox where received_at < now()"));
  });

  it("cannot hide from this test", () => {
    assert.throws(() => listStatementNames('const list = (tx) => tx.list({ name: "a" }, []);'), /something unnamed/);
    assert.throws(() => listStatementNames("const list = (tx) => tx.list(hidden, []);"), /hidden/);
    assert.deepEqual(listStatementNames("const a: Statement<Row> = {}; tx.list(a, []);"), ["a"]);
  });
});

const table = new RegExp(String.raw`\b(?:from|join|update|into)\s+(?:${Object.keys(deliusTables).join("|")})\b`);

function readsDelius(text: string): boolean {
  return table.test(text);
}

const clock = /\bat time zone\b|\bnow\(\)|\b(?:current|local)_?(?:date|time|timestamp)\b|\b\w+_timestamp\(\)/i;

/** Whether a statement does more with time than to answer the instant that the database's clock shows. */
function keepsTime(text: string): boolean {
  return clock.test(text.replaceAll("(extract(epoch from clock_timestamp()) * 1000)::bigint as now", ""));
}

async function findMisfits(client: pg.Client, { file, name, text, row }: FoundStatement): Promise<readonly string[]> {
  const columns = await describeColumns(client, text).catch((error: unknown) => String(error));
  if (typeof columns === "string") return [`${file} ${name}: ${columns}`];
  const fields = fieldsOf(row);
  const isUnread = row instanceof z.ZodUnknown;
  const unread = columns.filter((column) => !isUnread && !fields.some(([field]) => field === column.name));
  const absent = fields.filter(([field]) => !columns.some((column) => column.name === field));
  const different = columns.flatMap((column) => {
    const field = fields.find(([other]) => other === column.name)?.[1];
    const isFit = field === undefined || readAs[column.type]?.includes(kindOf(field));
    return isFit ? [] : `${column.name} is ${column.type}, read as ${kindOf(field)}`;
  });
  return [
    ...unread.map((column) => `${file} ${name}: ${column.name} is answered and not read`),
    ...absent.map(([field]) => `${file} ${name}: ${field} is read and not answered`),
    ...different.map((fault) => `${file} ${name}: ${fault}`),
  ];
}

/** A row may have one of several shapes: the first that reads a column says how. */
function fieldsOf(row: unknown): readonly (readonly [name: string, schema: unknown])[] {
  if (row instanceof z.ZodUnion) return row.options.flatMap(fieldsOf);
  return row instanceof z.ZodObject ? Object.entries<unknown>(row.shape) : [];
}

function kindOf(schema: unknown): string {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodCatch || schema instanceof z.ZodDefault)
    return kindOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return kindOf(schema.in);
  return schema instanceof z.ZodType ? schema.type : "nothing";
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Lets the server parse a statement and say what it would answer, without running it. */
async function describeColumns(client: pg.Client, text: string): Promise<readonly Column[]> {
  const described = Promise.withResolvers<readonly pg.FieldDef[]>();
  let fields: readonly pg.FieldDef[] = [];
  client.query({
    submit: (connection: pg.Connection) => {
      connection.parse({ name: "", text, types: [] }, true);
      connection.describe({ type: "S" }, true);
      connection.sync();
    },
    handleRowDescription: (message: { readonly fields: readonly pg.FieldDef[] }) => {
      ({ fields } = message);
    },
    handleError: (error: Error) => described.reject(error),
    handleReadyForQuery: () => described.resolve(fields),
  });
  const oids = (await described.promise).map(({ dataTypeID }) => dataTypeID);
  const { rows } = await client.query<{ readonly type: string }>(
    "select format_type(oid, null) as type from unnest($1::oid[]) with ordinality as asked (oid, place) order by place",
    [oids],
  );
  return fields.map(({ name }, index) => ({ name, type: rows[index]?.type ?? "unknown" }));
}
