import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { writeDeliusTime } from "../../src/platform/time/london-time.ts";

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

const partitioned: Row = { partition_area_id: 0 };
const selectable: Row = { selectable: "Y" };

/** What the columns hold that no row of the seed says anything of. */
const usual: Readonly<Partial<Record<TableName, Row>>> = {
  r_standard_reference_list: selectable,
  r_contact_type: selectable,
  r_institution: selectable,
  probation_area: selectable,
  offender: partitioned,
  offender_manager: partitioned,
  event: partitioned,
  disposal: partitioned,
  custody: partitioned,
  registration: partitioned,
};

/** Rows collected by table. */
export interface SeedRows {
  readonly add: (table: TableName, row: Row) => void;
  /**
   * Sends everything collected to the database by COPY and forgets it; what is added meanwhile is of the next flush. All
   * rows of a table have the same columns.
   */
  readonly flush: (client: pg.ClientBase) => Promise<void>;
}

interface Batched {
  readonly columns: readonly string[];
  readonly lines: string[];
}

/** Gathers rows of Delius tables and copies them table by table. */
export function createRows(): SeedRows {
  const batched = new Map<TableName, Batched>();
  return {
    add: (table, given) => {
      const row = { ...usual[table], ...given };
      const { columns, lines } = batched.get(table) ?? { columns: Object.keys(row), lines: [] };
      lines.push(toLine(columns, row));
      if (lines.length === 1) batched.set(table, { columns, lines });
    },
    flush: async (client) => {
      const batch = new Map(batched);
      batched.clear();
      for (const table of tables) await copyRows(client, table, batch.get(table));
    },
  };
}

async function copyRows(client: pg.ClientBase, table: TableName, batched: Batched | undefined): Promise<void> {
  if (batched === undefined) return;
  const { columns, lines } = batched;
  const stream = client.query(copyFrom(`copy ${table} (${columns.join(", ")}) from stdin`));
  await pipeline(Readable.from([lines.join("")]), stream);
}

function toLine(columns: readonly string[], row: Row): string {
  return `${columns.map((column) => asText(row[column] ?? null)).join("\t")}\n`;
}

function asText(value: Row[string]): string {
  if (value === null) return "\\N";
  if (typeof value === "number") return String(value);
  if (value instanceof Date) return writeDeliusTime(value.getTime());
  return value.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

// Those of staff and contacts begin far beyond any key of the seed.
const sequences = {
  key_date_id_seq: ["key_date", "key_date_id"],
  prison_offender_manager_id_seq: ["prison_offender_manager", "prison_offender_manager_id"],
  responsible_officer_id_seq: ["responsible_officer", "responsible_officer_id"],
} as const;

/** Sets the sequences that begin with 1 beyond the keys that the seed used. */
export async function advanceSequences(client: pg.ClientBase): Promise<void> {
  for (const [sequence, [table, column]] of Object.entries(sequences)) {
    await client.query(`select setval('${sequence}', (select coalesce(max(${column}), 0) + 1 from ${table}), false)`);
  }
}

/** The columns that every row which the service may write carries (rule D6), as the seed fills them. */
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
