import { type DependencyError, errorClassOf } from "../process/dependency-error.ts";
import type { z } from "zod";

/** Why the database cannot be used, for an operator. */
export interface DatabaseFailure {
  /** What failed and what to set. */
  readonly text: string;
  /** Whether it stays so until something is set: waiting helps no one. */
  readonly isRefusal: boolean;
}

const unknownAuthority = `the server's certificate is signed by an authority that this machine does not know: add \
sslrootcert= with the file of that authority's certificate`;
const unreadableFile = "a file that sslrootcert, sslcert or sslkey names cannot be read";

/** What stays so until someone sets it, by the class of the error; what the server said stands behind it. */
const refusals: Readonly<Record<string, string>> = {
  "08P01":
    "a connection pooler refuses what the session needs: let it pass startup parameters, or name PostgreSQL itself",
  "28000": "the database does not let this user in",
  "28P01": "the database does not accept this user and password",
  "3D000": "the server has no such database",
  "3F000": "the database has no such schema for this user: set DELIUS_SCHEMA",
  "42501": "this user lacks a right: migrate as the tables' owner, and run deploy/grants.sql for the service's user",
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another host name: use that name, or sslmode=verify-ca with sslrootcert",
  NO_TLS: "the server does not offer TLS: leave sslmode out, or turn TLS on at the server",
  EACCES: unreadableFile,
  EISDIR: unreadableFile,
  ENOENT: unreadableFile,
};

/** What may pass: nothing answers, or not in time. */
const absences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EAI_AGAIN: "the host name cannot be looked up now",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the host cannot be reached",
  ENOTFOUND: "there is no such host",
  ETIMEDOUT: "there was no answer in time",
  "53300": "the database has no connection left",
  "57P01": "the database is stopping",
  "57P03": "the database is starting",
  "25006": "the database is read-only: name the primary server",
};

/** Says what failed and what to set. Never a stack, and no value of a variable but host and port. */
export function describeDatabaseFailure({ errorClass, cause }: DependencyError): DatabaseFailure {
  const said = describeServer(errorClass, cause);
  // A socket that is a file and is not there may come; a file of TLS will not.
  const isSocket = cause instanceof Error && "syscall" in cause && cause.syscall === "connect";
  const refusal = isSocket ? undefined : refusals[errorClass];
  if (refusal !== undefined) return { text: `DATABASE_URL: ${refusal}${said}.`, isRefusal: true };
  const absence = absences[errorClass] ?? `the database failed with ${errorClass}`;
  return { text: `DATABASE_URL: ${absence}${said}.`, isRefusal: false };
}

/** What the server said, or where it was looked for. */
function describeServer(errorClass: string, cause: unknown): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors.at(0) : cause;
  if (!(first instanceof Error)) return "";
  if ("address" in first && "port" in first) return ` (${String(first.address)} port ${String(first.port)})`;
  if ("hostname" in first) return ` (${String(first.hostname)})`;
  return /^[0-9A-Z]{5}$/.test(errorClass) ? ` (${first.message})` : "";
}

/** A table of Delius, and which of its columns stands behind a name in what our statements answer. */
interface KeyedTable {
  readonly table: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** Delius's tables by the key under which our statements name a row of them. */
const tables: ReadonlyMap<string, KeyedTable> = new Map([
  [
    "offenderId",
    {
      table: "offender",
      columns: {
        nomsNumber: "noms_number",
        registrations: "registration",
        date: "registration_date",
        reviewDate: "next_review_date",
      },
    },
  ],
  [
    "pomId",
    {
      table: "prison_offender_manager",
      columns: {
        start: "allocation_date",
        end: "end_date",
        createdAt: "created_datetime",
        "hand.at": "created_datetime",
        email: "email_address",
        reason: "allocation_reason_id",
      },
    },
  ],
  [
    "responsibleOfficerId",
    {
      table: "responsible_officer",
      columns: {
        pomId: "prison_offender_manager_id",
        start: "start_date",
        end: "end_date",
        "hand.at": "created_datetime",
      },
    },
  ],
  ["offenderManagerId", { table: "offender_manager", columns: { start: "allocation_date" } }],
  ["staffId", { table: "staff", columns: { code: "officer_code" } }],
  ["userId", { table: "user_", columns: { end: "end_date" } }],
  ["teamId", { table: "team", columns: {} }],
  ["providerId", { table: "probation_area", columns: {} }],
  ["custodyId", { table: "custody", columns: {} }],
  [
    "keyDateId",
    {
      table: "key_date",
      columns: { type: "key_date_type_id", date: "key_date", "hand.at": "last_updated_datetime" },
    },
  ],
]);

/** A row of the database holds what its reader cannot take: one case's trouble, and no one else's. */
export class UnreadableRowError extends Error {
  override readonly name = "UnreadableRowError";
  /** The Delius table that the row is of, where its key was answered too. */
  readonly table: string | null;

  /** `row` is what the statement answered, `cause` what its schema says of it. */
  constructor(statement: string, row: unknown, cause: z.ZodError) {
    const issues = cause.issues.map(({ path, message }) => ({ path, message, place: findPlace(row, path) }));
    const shown = issues.map(({ path, message, place }) => `${place?.name ?? path.join(".")}: ${message}`);
    super(`What ${statement} reads does not fit: ${shown.join("; ")}.`, { cause });
    this.table = issues[0]?.place?.table ?? null;
  }
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
    const keyed = key === undefined ? undefined : tables.get(key);
    if (keyed !== undefined) {
      const { table, columns } = keyed;
      found = { table, name: `${table} ${String(id)}, ${nameColumn(columns, path.slice(index))}` };
    }
    value = entries.find(([name]) => name === String(step))?.[1];
  }
  return found;
}

function nameColumn(columns: KeyedTable["columns"], path: readonly PropertyKey[]): string {
  const whole = columns[path.join(".")];
  if (whole !== undefined) return whole;
  return path.map((step) => columns[String(step)] ?? (step === "rowVersion" ? "row_version" : String(step))).join(".");
}

// The client has no codes for what it finds out itself.
const classesByMessage: readonly (readonly [pattern: RegExp, errorClass: string])[] = [
  [/timeout/, "ETIMEDOUT"],
  [/^Connection terminated|is not queryable$/, "ECONNRESET"],
  [/does not support SSL/, "NO_TLS"],
];

/** The class of a failed query: its SQLSTATE, or the cause. */
export function failureClassOf(error: unknown): string {
  const errorClass = errorClassOf(error);
  if (errorClass !== "Error" || !(error instanceof Error)) return errorClass;
  return classesByMessage.find(([pattern]) => pattern.test(error.message))?.[1] ?? errorClass;
}
