import type { DependencyError } from "../process/dependency-error.ts";

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

/** What stays so until somebody sets it, by the class of the error; what the server said stands behind it. */
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
