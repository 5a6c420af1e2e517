import type { FastifyRequest } from "fastify";
import { UnreadableRowError } from "../database/database-failure.ts";
import { DependencyError, errorClassOf } from "../process/dependency-error.ts";
import type { Log } from "../process/log.ts";
import type { Uptime } from "../time/uptime.ts";
import type { ErrorAnswer } from "./http-error.ts";
import { findAnswer } from "./web-error.ts";

/** What to answer to a request that raised. */
export type AnswerFailure = (request: FastifyRequest, error: unknown) => ErrorAnswer;

// A client that asks too often must not fill the log as well.
const refusalLineMs = 60_000;

/**
 * What is our fault or a dependency's is logged, with the request's id. Refusals because too much is asked at once share one line a minute,
 * and its id, for each reason.
 */
export function answerFailures(log: Log, uptime: Uptime): AnswerFailure {
  const refusals = new Map<string, { readonly correlationId: string; readonly at: number }>();
  const logRefusal = ({ id, routeOptions }: FastifyRequest, reason: string): string => {
    const last = refusals.get(reason);
    if (last !== undefined && uptime() - last.at < refusalLineMs) return last.correlationId;
    refusals.set(reason, { correlationId: id, at: uptime() });
    log.warn({ correlationId: id, route: routeOptions.url, reason }, "requests refused");
    return id;
  };
  return (request, error) => {
    const answer = findAnswer(error);
    if (answer !== null && answer.status < 500) return answer;
    const correlationId =
      answer?.isOverload === true ? logRefusal(request, answer.message) : logFailure(log, request, error);
    return withCorrelationId(answer ?? { status: 500, message: "Something went wrong in the service" }, correlationId);
  };
}

function logFailure(log: Log, { id: correlationId, routeOptions }: FastifyRequest, error: unknown): string {
  const dependency = error instanceof DependencyError ? error.dependency : undefined;
  // It names table, key and column, and nothing that stands there.
  const reason = error instanceof UnreadableRowError ? error.message : undefined;
  const errorClass = errorClassOf(error);
  log.error({ correlationId, route: routeOptions.url, dependency, errorClass, reason }, "request failed");
  return correlationId;
}

function withCorrelationId(answer: ErrorAnswer, correlationId: string): ErrorAnswer {
  const developerMessage = `${answer.developerMessage ?? answer.message}; correlation id ${correlationId}`;
  return { ...answer, developerMessage, headers: { ...answer.headers, "x-correlation-id": correlationId } };
}
