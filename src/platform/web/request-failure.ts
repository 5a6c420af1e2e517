import type { FastifyRequest } from "fastify";
import { DependencyError, errorClassOf } from "../process/dependency-error.ts";
import type { Log } from "../process/log.ts";
import type { ErrorAnswer } from "./http-error.ts";
import { findAnswer } from "./web-error.ts";

/** What to answer to a request that raised; what is our fault or a dependency's is logged, with the request's id. */
export function answerFailure(log: Log, request: FastifyRequest, error: unknown): ErrorAnswer {
  const answer = findAnswer(error);
  if (answer !== null && answer.status < 500) return answer;
  const correlationId = request.id;
  const route = request.routeOptions.url;
  const dependency = error instanceof DependencyError ? error.dependency : undefined;
  log.error({ correlationId, route, dependency, errorClass: errorClassOf(error) }, "request failed");
  const { developerMessage, ...rest } = answer ?? { status: 500, message: "Something went wrong in the service" };
  const described = `${developerMessage ?? rest.message}; correlation id ${correlationId}`;
  return {
    ...rest,
    developerMessage: described,
    headers: { ...rest.headers, "x-correlation-id": correlationId },
  };
}
