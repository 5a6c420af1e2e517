import type { FastifyError } from "fastify";
import { LateError } from "../process/work-limits.ts";
import { DependencyError } from "../process/dependency-error.ts";
import { HttpError, unavailable, type ErrorAnswer } from "./http-error.ts";

/** Messages for what the web framework itself refuses, by status. */
const refusals: Readonly<Record<number, string>> = {
  400: "The request cannot be read",
  404: "There is nothing at this address",
  405: "This address does not take this method",
  408: "The request took too long to arrive",
  413: "The request is too large",
  414: "The address is too long",
  415: "The request's body must be JSON (content type application/json)",
  417: "The request expects what this service does not do",
  431: "The request's headers are too large",
};

/** What an engineer of the caller should know beyond that, by the framework's code or by what is wrong. */
const details: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: "The address is not percent-encoded as it must be",
  FST_ERR_CTP_EMPTY_JSON_BODY: "The request's body is empty, but its content type says JSON",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "The request's body has another length than its header says",
  FST_ERR_CTP_INVALID_JSON_BODY: "The request's body is not valid JSON",
  value: "A value of the request cannot be stored: it holds other characters, or is larger, than it may",
  "content-encoding": "Send the request's body without a content encoding",
};

/** The answer to what the web framework refuses. A status that we do not know counts as a request that cannot be read. */
export function refusal(status: number, code = ""): ErrorAnswer {
  const message = refusals[status];
  if (message === undefined) return refusal(400, code);
  const developerMessage = details[code];
  return developerMessage === undefined ? { status, message } : { status, message, developerMessage };
}

/**
 * The answer to anything that a request raised: our own, the framework's refusals, 503 for a dependency that is down or slow;
 * null for a bug, which is no one's business outside.
 */
export function findAnswer(error: unknown): ErrorAnswer | null {
  if (error instanceof HttpError) return error.answer;
  if (isRefusedValue(error)) return refusal(400, "value");
  if (isUnavailable(error)) return unavailable("The service cannot answer at the moment").answer;
  const { statusCode = 500, code = "" } = readFrameworkError(error);
  if (code === "FST_ERR_MAX_PARAM_LENGTH") return refusal(414);
  return statusCode >= 400 && statusCode < 500 ? refusal(statusCode, code) : null;
}

/** What the database says of a value that it cannot take: characters, numbers and times that it does not have. */
const refusedValues: ReadonlySet<string> = new Set(["22003", "22007", "22008", "22021", "22P02", "22P05"]);

function isRefusedValue(error: unknown): boolean {
  return error instanceof DependencyError && error.dependency === "database" && refusedValues.has(error.errorClass);
}

function isUnavailable(error: unknown): boolean {
  const isLate = error instanceof LateError || readFrameworkError(error).code === "FST_ERR_HANDLER_TIMEOUT";
  return isLate || error instanceof DependencyError;
}

function readFrameworkError(error: unknown): Partial<FastifyError> {
  return error instanceof Error ? error : {};
}
