import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

/** One row of a table, by column. */
export type Row = Readonly<Record<string, string | number | Date | null>>;

/** Tables in an order in which each stands after those that it refers to. */
const tables = [
  "r_reference_data_master",
  "r_standard_reference_list",
  "r_contact_type",
  "r_register_type",
  "r_institution",
  "probation_area",
  "district",
  "team",
  "staff",
  "staff_team",
  "user_",
  "offender",
  "offender_manager",
  "event",
  "disposal",
  "custody",
  "key_date",
  "case_allocation",
  "registration",
  "prison_offender_manager",
  "responsible_officer",
] as const;

/** A Delius table that is seeded. */
export type TableName = (typeof tables)[number];

/** Rows gathered by table. */
export interface SeedRows {
  readonly add: (table: TableName, row: Row) => void;
  /** Sends everything gathered to the database by COPY and forgets it. All rows of a table have the same columns. */
  readonly flush: (client: pg.ClientBase) => Promise<void>;
}

/** Gathers rows of Delius tables and copies them table by table. */
export function createRows(): SeedRows {
  const gathered = new Map<TableName, Row[]>();
  return {
    add: (table, row) => {
      const rows = gathered.get(table);
      if (rows === undefined) gathered.set(table, [row]);
      else rows.push(row);
    },
    flush: async (client) => {
      for (const table of tables) await copyRows(client, table, gathered.get(table) ?? []);
      gathered.clear();
    },
  };
}

async function copyRows(client: pg.ClientBase, table: TableName, rows: readonly Row[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const stream = client.query(copyFrom(`copy ${table} (${columns.join(", ")}) from stdin`));
  const lines = rows.map((row) => `${columns.map((column) => asText(row[column] ?? null)).join("\t")}\n`);
  await pipeline(Readable.from([lines.join("")]), stream);
}

function asText(value: Row[string]): string {
  if (value === null) return "\\N";
  if (value instanceof Date) return value.toISOString();
  return String(value).replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n");
}

const sequences = {
  staff_id_seq: ["staff", "staff_id"],
  key_date_id_seq: ["key_date", "key_date_id"],
  prison_offender_manager_id_seq: ["prison_offender_manager", "prison_offender_manager_id"],
  responsible_officer_id_seq: ["responsible_officer", "responsible_officer_id"],
} as const;

/** Sets the sequences beyond the keys that the seed used. */
export async function advanceSequences(client: pg.ClientBase): Promise<void> {
  for (const [sequence, [table, column]] of Object.entries(sequences)) {
    await client.query(`select setval('${sequence}', (select coalesce(max(${column}), 0) + 1 from ${table}), false)`);
  }
}

/** The columns that every row which the service may write carries (spec 2, AUD), as the seed fills them. */
export function auditColumns(at: Date): Row {
  return {
    row_version: 0,
    created_datetime: at,
    created_by_user_id: serviceUserId,
    last_updated_datetime: at,
    last_updated_user_id: serviceUserId,
  };
}

/** The key of the service's own user in the seed. */
export const serviceUserId = 1;
