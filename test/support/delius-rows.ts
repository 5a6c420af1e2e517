import { z } from "zod";
import { deliusIsoTimeSchema } from "../../src/platform/time/london-time.ts";
import type { TestDatabase } from "./test-database.ts";
import { listReferences, referenceOf } from "./references.ts";

// The rows of the tables that the service writes, with names in the place of keys.

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const rowSchema = z.record(z.string(), valueSchema);

/** A value of a row. Instants are ISO text in UTC. */
export type Value = z.infer<typeof valueSchema>;

/** A row by column. */
export type Row = Readonly<Record<string, Value>>;

/** The rows of each table, each under a name that a person would call it by. */
export type Snapshot = Readonly<Record<string, Readonly<Record<string, Row>>>>;

interface Table {
  readonly name: string;
  /** The columns that tell a row from the others; they are not shown. */
  readonly key: readonly string[];
  /** Further columns that are not shown. */
  readonly hidden?: readonly string[];
  /** What a row is called; `#` stands for its number among those that would be called the same. */
  readonly call: (row: Row) => string;
}

const tables: readonly Table[] = [
  { name: "staff", key: ["staff_id"], call: (row) => `officer ${row["officer_code"]}` },
  { name: "staff_team", key: ["staff_id", "team_id"], call: (row) => `${row["staff_id"]} in ${row["team_id"]}` },
  {
    name: "prison_offender_manager",
    key: ["prison_offender_manager_id"],
    call: (row) => `POM # of ${row["offender_id"]}`,
  },
  { name: "responsible_officer", key: ["responsible_officer_id"], call: (row) => `RO # of ${row["offender_id"]}` },
  {
    name: "contact",
    key: ["contact_id"],
    // Ours have a member of staff and a team, so that these are empty: a check of the table makes sure.
    hidden: ["provider_employee_id", "provider_team_id"],
    call: (row) => `contact # of ${row["offender_id"]}`,
  },
  {
    name: "key_date",
    key: ["key_date_id"],
    call: (row) => `${row["key_date_type_id"]} # of custody ${row["custody_id"]}`,
  },
  {
    name: "mpc_delius.inbox",
    key: ["settled_at", "inbox_key"],
    hidden: ["received_at", "last_delivered_at"],
    call: () => "message #",
  },
  {
    name: "mpc_delius.waiting",
    key: ["noms_number", "fact"],
    hidden: ["inbox_key"],
    call: (row) => `${row["fact"]} of ${row["noms_number"]}`,
  },
  {
    name: "mpc_delius.quarantine",
    key: ["quarantine_id"],
    hidden: ["inbox_key", "body", "first_seen", "changed_at", "due_at", "sent_at"],
    call: () => "message #",
  },
  { name: "mpc_delius.attempt", key: ["attempt_id"], hidden: ["inbox_key", "failed_at"], call: () => "attempt #" },
];

/** Reads every table that the service writes, but for the journal. */
export async function takeSnapshot(database: TestDatabase): Promise<Snapshot> {
  const names = await readNames(database);
  const poms = new Map<Value, string>();
  const entries: [string, Readonly<Record<string, Row>>][] = [];
  for (const table of tables) {
    const rows = await readRows(database, table);
    const called = callRows(table, rows, names);
    if (table.name === "prison_offender_manager") {
      called.forEach(([name], index) => poms.set(rows[index]?.["prison_offender_manager_id"] ?? null, name));
    }
    const shown = called.map(([name, row]) => [name, hide(table, { ...row, ...nameManagers(row, poms) })] as const);
    entries.push([table.name, Object.fromEntries(shown)]);
  }
  return Object.fromEntries(entries);
}

type Names = ReadonlyMap<string, string>;

async function readNames(database: TestDatabase): Promise<Names> {
  const names = new Map<string, string>();
  for (const [, { table, key, code }] of listReferences()) {
    const rows = await database.query(`select ${key}::float8 as key, rtrim(${code}) as code from ${table}`);
    for (const row of rows) names.set(`${table} ${String(row["key"])}`, String(row["code"]));
  }
  return names;
}

async function readRows(database: TestDatabase, { name, key }: Table): Promise<readonly Row[]> {
  const rows = await database.query(`select to_json(told) as row from ${name} told order by ${key.join(", ")}`);
  return rows.map(({ row }) => rowSchema.parse(withoutDocuments(row)));
}

// Columns that hold JSON documents are compared where they are the matter.
function withoutDocuments(row: unknown): unknown {
  const columns = Object.entries(z.record(z.string(), z.unknown()).parse(row));
  return Object.fromEntries(columns.filter(([, value]) => typeof value !== "object" || value === null));
}

function callRows({ call }: Table, rows: readonly Row[], names: Names): readonly (readonly [string, Row])[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const told = Object.fromEntries(
      Object.entries(row).map(([column, value]) => [column, nameValue(column, value, names)]),
    );
    const name = call(told);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return [name.replace("#", String(count)), told];
  });
}

const wallTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;
const instant = /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$/;

function nameValue(column: string, value: Value, names: Names): Value {
  if (typeof value === "string") {
    if (wallTime.test(value)) return deliusIsoTimeSchema.parse(value);
    return instant.test(value) ? new Date(value).toISOString() : value.trimEnd();
  }
  const reference = referenceOf(column);
  if (reference === undefined || value === null) return value;
  return names.get(`${reference.table} ${String(value)}`) ?? value;
}

function nameManagers(row: Row, poms: ReadonlyMap<Value, string>): Row {
  const pom = row["prison_offender_manager_id"];
  const com = row["offender_manager_id"];
  return {
    ...(pom == null ? {} : { prison_offender_manager_id: poms.get(pom) ?? pom }),
    ...(com == null ? {} : { offender_manager_id: "the COM" }),
  };
}

function hide({ key, hidden = [] }: Table, row: Row): Row {
  const isShown = ([column, value]: readonly [string, Value]) =>
    !key.includes(column) && !hidden.includes(column) && !(column === "training_session_id" && value === null);
  const shown = Object.entries(row).filter(isShown);
  return Object.fromEntries(shown);
}
