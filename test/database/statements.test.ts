import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { z } from "zod";
import { deliusTables } from "../../src/delius/schema/delius-tables.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { collectStatements, listDeclared, type FoundStatement } from "../support/statements.ts";

/** Of a statement that binds a `bigint`, a `bigint[]` and a `json`. */
const wrongValues: Readonly<Record<string, readonly string[]>> = {
  "[id: number, ids: readonly number[]]": ["$3 is json, written as nothing"],
  "[id: number, ids: readonly (number | null)[], document: Json<Row>, more: string]": [
    "$4 is nothing, written as string",
  ],
  "[ids: readonly OffenderId[], id: OffenderId, document: Json<Row>]": [
    "$1 is bigint, written as readonly OffenderId[]",
    "$2 is bigint[], written as OffenderId",
  ],
  "[id: string, ids: readonly number[], document: Json<Row>]": ["$1 is bigint, written as string"],
  "[id: OffenderId | null, ids: readonly number[], document: string]": ["$3 is json, written as string"],
};

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

/** What a value of each type is written as, in the types of our statements; types with a name are trusted. */
const writtenAs: Readonly<Record<string, string>> = {
  boolean: "boolean",
  smallint: "number",
  integer: "number",
  bigint: "number",
  numeric: "number",
  "double precision": "number",
  text: "string",
  uuid: "string",
  "character varying": "string",
  character: "string",
  "timestamp without time zone": "string",
  "timestamp with time zone": "string",
  json: "Json",
  jsonb: "Json",
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

  it("fit the database, bind what their types say and answer the columns that their row schemas read", async () => {
    assert.deepEqual(await findAllMisfits(database.url, statements), []);
  });

  for (const [values, misfits] of Object.entries(wrongValues)) {
    it(`are found where their types say other values: ${values}`, async () => {
      const text = "select where $1::bigint = any($2::bigint[]) and $3::json is not null";
      const row = z.unknown();
      const [{ values: types } = { values: [] }] = listDeclared(`const a: Statement<unknown, ${values}> = {};`);
      const statement = { file: "a-store.ts", name: "a", text, row, values: types };
      const found = await findAllMisfits(database.url, [statement]);
      assert.deepEqual(
        found,
        misfits.map((misfit) => `a-store.ts a: ${misfit}`),
      );
    });
  }

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
    assert.throws(() => listDeclared('const list = (tx) => tx.list({ name: "a" }, []);'), /something unnamed/);
    assert.throws(() => listDeclared("const list = (tx) => tx.list(hidden, []);"), /hidden/);
    assert.deepEqual(listDeclared("const a: Statement<Row> = {}; tx.list(a, []);"), [{ name: "a", values: [] }]);
    const record = "const all = {} satisfies Record<string, Statement<Row, [id: number]>>; tx.list(all[kind], [1]);";
    assert.deepEqual(listDeclared(record), [{ name: "all", values: ["number"] }]);
    const spread = "type Page = [at: Instant, most: number]; const a: Statement<Row, [id: number, ...Page]> = {};";
    assert.deepEqual(listDeclared(spread), [{ name: "a", values: ["number", "Instant", "number"] }]);
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

async function findAllMisfits(url: string, statements: readonly FoundStatement[]): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const misfits: string[] = [];
    for (const statement of statements) misfits.push(...(await findMisfits(client, statement)));
    return misfits;
  } finally {
    await client.end();
  }
}

async function findMisfits(client: pg.Client, statement: FoundStatement): Promise<readonly string[]> {
  const { file, name, text, row, values } = statement;
  const described = await describeStatement(client, text).catch((error: unknown) => String(error));
  if (typeof described === "string") return [`${file} ${name}: ${described}`];
  const { columns, parameters } = described;
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
    ...[...different, ...findMiswritten(parameters, values)].map((fault) => `${file} ${name}: ${fault}`),
  ];
}

/** The values that a statement binds and its type says otherwise, in number, in order or in kind. */
function findMiswritten(parameters: readonly string[], values: readonly string[]): readonly string[] {
  return Array.from({ length: Math.max(parameters.length, values.length) }, (_, index) => {
    const [parameter = "nothing", value = "nothing"] = [parameters[index], values[index]];
    const kind = writtenAs[parameter.replace("[]", "")] ?? parameter;
    const element = kind === "Json" ? kind : `(?:${kind}|(?!Json)[A-Z])`;
    const written = new RegExp(parameter.endsWith("[]") ? String.raw`^readonly \(?${element}.*\[\]` : `^${element}`);
    return written.test(value) ? [] : [`$${index + 1} is ${parameter}, written as ${value}`];
  }).flat();
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

interface Described {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly parameters: readonly string[];
}

/** Lets the server parse a statement and say what it binds and would answer, without running it. */
async function describeStatement(client: pg.Client, text: string): Promise<Described> {
  const described = Promise.withResolvers<undefined>();
  let fields: readonly pg.FieldDef[] = [];
  let bound: readonly number[] = [];
  client.query({
    submit: (connection: pg.Connection) => {
      connection.once("parameterDescription", ({ dataTypeIDs }: { readonly dataTypeIDs: readonly number[] }) => {
        bound = dataTypeIDs;
      });
      connection.parse({ name: "", text, types: [] }, true);
      connection.describe({ type: "S" }, true);
      connection.sync();
    },
    handleRowDescription: (message: { readonly fields: readonly pg.FieldDef[] }) => {
      ({ fields } = message);
    },
    handleError: (error: Error) => described.reject(error),
    handleReadyForQuery: () => described.resolve(undefined),
  });
  await described.promise;
  const { rows } = await client.query<{ readonly type: string }>(
    "select format_type(oid, null) as type from unnest($1::oid[]) with ordinality as asked (oid, place) order by place",
    [[...bound, ...fields.map(({ dataTypeID }) => dataTypeID)]],
  );
  const types = rows.map(({ type }) => type);
  const columns = fields.map(({ name }, index) => ({ name, type: types[bound.length + index] ?? "unknown" }));
  return { columns, parameters: types.slice(0, bound.length) };
}
