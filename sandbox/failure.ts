import { inspect } from "node:util";
import { formatLondonTime } from "../src/platform/time/london-time.ts";
import { DependencyError } from "../src/platform/process/dependency-error.ts";
import { ConfigError } from "../src/app/config.ts";
import { AlreadyRunning } from "./sandbox-state.ts";
import { UnfitPlace } from "./unfit-place.ts";

/** Circumstances that an explanation depends on. */
export interface FailureContext {
  /** The folder of the state, as the user would type it. */
  readonly directory: string;
  readonly isOwnDatabase: boolean;
}

/** What a user reads when the sandbox does not start or stop as it should: what is wrong and what to do about it. */
export function explainFailure(error: unknown, context: FailureContext): string {
  const { directory, isOwnDatabase } = context;
  if (error instanceof AlreadyRunning) return explainRunning(error, directory);
  if (error instanceof ConfigError || error instanceof UnfitPlace) return error.message;
  if (error instanceof DependencyError && !isOwnDatabase) {
    return `The ${error.dependency} is out of reach (${error.errorClass}). Is DATABASE_URL right, and the server up?`;
  }
  return explainSystem(error, directory) ?? explainOther(error, directory);
}

const unwritable: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS", "ERR_SQLITE_ERROR"]);

function explainSystem(error: unknown, directory: string): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  const { code, message } = error;
  if (code === "EADDRINUSE") return explainTaken(error);
  if (!unwritable.has(code)) return null;
  return `${directory} cannot be written (${message}): make it yours, or set SANDBOX_DIRECTORY to a folder that is.`;
}

function explainTaken(error: Error): string {
  const what = "port" in error ? `Port ${String(error.port)} is in use by another program` : error.message;
  return `${what}: set PORT to another one, or leave it unset for any.`;
}

function explainOther(error: unknown, directory: string): string {
  const isExpected = error instanceof Error && (error.name === "Error" || error instanceof DependencyError);
  const details = isExpected ? error.message : inspect(error);
  return `The sandbox failed: ${details}\nWhere its state in ${directory} is the cause, \`npm start -- --fresh\` begins anew.`;
}

function explainRunning({ running }: AlreadyRunning, directory: string): string {
  if (running === null) return `A sandbox is being started in ${directory} at this moment.`;
  const { pid, since, page } = running;
  const where = page === undefined ? "It is still starting." : `Its simulator: ${page}`;
  return [
    `A sandbox runs in ${directory} already: process ${pid}, since ${formatLondonTime(Date.parse(since))}. ${where}`,
    `Stop it first, by Ctrl-C in its terminal or \`kill ${pid}\`, or set SANDBOX_DIRECTORY for another one beside it.`,
  ].join("\n");
}
