import type { z } from "zod";

/** Delius's tables by the key under which our statements name a row of them. */
const tables: ReadonlyMap<string, string> = new Map([
  ["offenderId", "offender"],
  ["pomId", "prison_offender_manager"],
  ["responsibleOfficerId", "responsible_officer"],
  ["staffId", "staff"],
  ["teamId", "team"],
  ["providerId", "probation_area"],
  ["custodyId", "custody"],
  ["keyDateId", "key_date"],
]);

/** A row of the database holds what its reader cannot take: one case's trouble, and no one else's. */
export class UnreadableRowError extends Error {
  override readonly name = "UnreadableRowError";
  /** The Delius table that the row is of, where its key was answered too. */
  readonly table: string | null;

  /** `row` is what the statement answered, `cause` what its schema says of it. */
  constructor(statement: string, row: unknown, cause: z.ZodError) {
    const issues = cause.issues.map(({ path, message }) => ({ path, message, place: findPlace(row, path) }));
    const told = issues.map(({ path, message, place }) => `${place?.name ?? path.join(".")}: ${message}`);
    super(`What ${statement} reads does not fit: ${told.join("; ")}.`, { cause });
    this.table = issues[0]?.place?.table ?? null;
  }
}

/** Reads what a statement answered by the schema of its rows. Raises {@link UnreadableRowError}. */
export function readRow<Row>(statement: string, schema: z.ZodType<Row>, row: unknown): Row {
  const { data, error, success } = schema.safeParse(row);
  if (!success) throw new UnreadableRowError(statement, row, error);
  return data;
}

interface Place {
  readonly table: string;
  /** Table, key and column. */
  readonly name: string;
}

/** The innermost row on the way to a value that has a key of its own. */
function findPlace(row: unknown, path: readonly PropertyKey[]): Place | null {
  let value = row;
  let found: Place | null = null;
  for (const [index, step] of path.entries()) {
    if (typeof value !== "object" || value === null) return found;
    const entries = Object.entries(value);
    const [key, id] = entries.find(([name]) => tables.has(name)) ?? [];
    const table = key === undefined ? undefined : tables.get(key);
    if (table !== undefined) found = { table, name: `${table} ${String(id)}, ${path.slice(index).join(".")}` };
    value = entries.find(([name]) => name === String(step))?.[1];
  }
  return found;
}
