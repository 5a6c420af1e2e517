import { describeDatabaseFailure } from "../platform/database/database-failure.ts";
import { DependencyError, type Dependency } from "../platform/process/dependency-error.ts";
import { HttpError } from "../platform/web/http-error.ts";
import { UnfitDatabase } from "../platform/database/unfit-database.ts";
import { ConfigError } from "../app/config.ts";

const partners: Readonly<Record<Exclude<Dependency, "database">, string>> = {
  mpc: "Manage POM Cases (MPC_API_URL)",
  auth: "HMPPS Auth (AUTH_TOKEN_URL)",
  queue: "The queue (SQS_QUEUE_URL)",
  directory: "The directory of probation staff (LDAP_URL)",
};

/** Why long work ended before its end: by a failure, or because it was asked to. */
export function describeStop(error: unknown): string {
  return error instanceof DependencyError ? `Stopped: ${describeDependencyFailure(error)}` : "Stopped.";
}

function describeDependencyFailure(error: DependencyError): string {
  const { dependency, errorClass } = error;
  if (dependency === "database") return describeDatabaseFailure(error).text;
  return `${partners[dependency]} failed: ${errorClass}.`;
}

/** What to write on standard error where a command cannot do its work; null where the error is a fault of the code. */
export function describeCommandFailure(command: string, error: unknown): string | null {
  if (error instanceof ConfigError || error instanceof UnfitDatabase) {
    const faults = error.faults.map((fault) => `  - ${fault}`);
    return [command === "serve" ? "The service cannot start:" : `npm run ${command} cannot run:`, ...faults].join("\n");
  }
  if (error instanceof DependencyError) return describeDependencyFailure(error);
  return error instanceof HttpError ? error.message : null;
}
