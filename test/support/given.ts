import { z } from "zod";
import type { SeedCase } from "../../sandbox/seed/case.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { writeDeliusTime } from "../../src/platform/time/london-time.ts";
import type { TestDatabase } from "./test-database.ts";
import { referenceOf } from "./references.ts";

// What a test finds in the database beside the sandbox's people, told without SQL and without keys.

const day = 24 * 60 * 60 * 1000;

/** A time as a person tells it: ISO, or "in 30 days", or "3 days ago". */
const momentSchema = z
  .string()
  .transform(readMoment)
  .pipe(z.date({ error: "is a time like 2026-04-02T10:30:00Z, in 3 days or 3 days ago" }));

const periodSchema = z.strictObject({ start: momentSchema, end: momentSchema.exactOptional() });

const caseSchema = z.strictObject({
  id: z.int(),
  crn: z.string(),
  noms: z.string().nullable(),
  com: z.strictObject({ officer: z.string(), team: z.string(), isActive: z.boolean().exactOptional() }).exactOptional(),
  comResponsible: z.array(periodSchema).exactOptional(),
  poms: z
    .array(
      periodSchema.extend({
        officer: z.string(),
        team: z.string(),
        email: z.string().exactOptional(),
        isResponsible: z.boolean().exactOptional(),
      }),
    )
    .exactOptional(),
  sentences: z.array(z.strictObject({ keyDates: z.record(z.string(), z.string()).exactOptional() })).exactOptional(),
}) satisfies z.ZodType<SeedCase>;

const rowSchema = z.record(z.string().regex(/^[a-z_0-9]+$/), z.union([z.string(), z.number(), z.null()]));
const tableSchema = z.string().regex(/^[a-z_.]+$/);
const constraintSchema = z.strictObject({ table: tableSchema, constraint: z.string().regex(/^[a-z_]+$/) });

/** What differs from the seed. Codes stand for keys: `"allocation_staff_id": "N03A001"`. */
export const givenRowsSchema = z.strictObject({
  /** Constraints that Delius's own database does not have. */
  lift: z.array(constraintSchema).default([]),
  cases: z.array(caseSchema).default([]),
  /** Rows to add by table. `each` makes one row of every character, which `{each}` stands for. */
  add: z.record(tableSchema, z.array(rowSchema)).default({}),
  change: z.array(z.strictObject({ table: tableSchema, where: rowSchema, set: rowSchema })).default([]),
  remove: z.array(z.strictObject({ table: tableSchema, where: rowSchema })).default([]),
});

/** See {@link givenRowsSchema}. */
export type GivenRows = z.infer<typeof givenRowsSchema>;

type Row = z.infer<typeof rowSchema>;

/** Brings a test's database into the state that it is to find. */
export async function applyGiven(database: TestDatabase, given: GivenRows): Promise<void> {
  for (const { table, constraint } of given.lift) {
    await database.query(`alter table ${table} drop constraint ${constraint}`);
  }
  if (given.cases.length > 0) await seedCases(database.url, given.cases);
  for (const [table, rows] of Object.entries(given.add)) {
    for (const row of rows.flatMap(spread)) await addRow(database, table, row);
  }
  for (const { table, where, set } of given.change) {
    const assigned = express(set, 0);
    const found = express(where, assigned.length);
    const text = `update ${table} set ${join(assigned, "=", ", ")} where ${join(found, same, " and ")} returning 1`;
    await touch(database, text, [...assigned, ...found]);
  }
  for (const { table, where } of given.remove) {
    const found = express(where, 0);
    await touch(database, `delete from ${table} where ${join(found, same, " and ")} returning 1`, found);
  }
}

const same = "is not distinct from";

// A change that finds no row is a slip of the test.
async function touch(database: TestDatabase, text: string, terms: readonly Term[]): Promise<void> {
  const values = terms.map(({ value }) => value);
  const rows = await database.query(text, values);
  if (rows.length === 0) throw new Error(`No row is as the test says: ${text} with ${JSON.stringify(values)}`);
}

function spread({ each, ...row }: Row): readonly Row[] {
  if (each === undefined) return [row];
  return Array.from(String(each)).map((one) => {
    const columns = Object.entries(row).map(([column, value]) => [
      column,
      typeof value === "string" ? value.replaceAll("{each}", one) : value,
    ]);
    return rowSchema.parse(Object.fromEntries(columns));
  });
}

const audit = {
  row_version: 0,
  created_datetime: "2026-01-05T09:00:00Z",
  created_by_user_id: 1,
  last_updated_datetime: "2026-01-05T09:00:00Z",
  last_updated_user_id: 1,
};

const defaults: Readonly<Record<string, Row>> = {
  staff: { ...audit, private: 0, start_date: "2025-01-06T09:00:00Z" },
  staff_team: audit,
  key_date: { ...audit, soft_deleted: 0, partition_area_id: 0 },
  prison_offender_manager: { ...audit, soft_deleted: 0, active_flag: 1 },
  responsible_officer: audit,
  r_contact_type: { selectable: "Y" },
  r_institution: { establishment: "Y", selectable: "Y" },
  r_standard_reference_list: { selectable: "Y" },
  probation_area: { selectable: "Y" },
  offender: { partition_area_id: 0 },
  offender_manager: { partition_area_id: 0, allocation_date: "2026-01-05T09:00:00" },
  event: { partition_area_id: 0 },
  disposal: { partition_area_id: 0 },
  custody: { partition_area_id: 0 },
  registration: { partition_area_id: 0 },
};

const sequenced = ["staff", "key_date", "prison_offender_manager", "responsible_officer"];

async function addRow(database: TestDatabase, table: string, row: Row): Promise<void> {
  const terms = express({ ...defaults[table], ...row }, 0);
  const key = sequenced.includes(table) ? [{ column: `${table}_id`, expression: `nextval('${table}_id_seq')` }] : [];
  const all = [...key, ...terms];
  const columns = all.map(({ column }) => column).join(", ");
  const expressions = all.map(({ expression }) => expression).join(", ");
  const values = terms.map(({ value }) => value);
  await database.query(`insert into ${table} (${columns}) values (${expressions})`, values);
}

interface Term {
  readonly column: string;
  readonly expression: string;
  readonly value: Row[string];
}

function express(row: Row, offset: number): readonly Term[] {
  return Object.entries(row).map(([column, given], index) => {
    const placeholder = `$${offset + index + 1}`;
    const value = typeof given === "string" ? readText(given) : given;
    const reference = typeof given === "string" ? referenceOf(column) : undefined;
    if (reference === undefined) return { column, expression: placeholder, value };
    const { table, key, code } = reference;
    return { column, expression: `(select min(${key}) from ${table} where ${code} = ${placeholder})`, value };
  });
}

function join(terms: readonly Term[], operator: string, separator: string): string {
  return terms.map(({ column, expression }) => `${column} ${operator} ${expression}`).join(separator);
}

function readText(text: string): string {
  const moment = relative.test(text) ? readMoment(text) : undefined;
  return moment === undefined ? text : writeDeliusTime(moment.getTime());
}

const relative = /^(?:in (?<ahead>\d+) days?|(?<ago>\d+) days? ago)$/;

function readMoment(text: string): Date | undefined {
  const { ahead, ago } = relative.exec(text)?.groups ?? {};
  if (ahead !== undefined) return new Date(Date.now() + Number(ahead) * day);
  if (ago !== undefined) return new Date(Date.now() - Number(ago) * day);
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : new Date(instant);
}
