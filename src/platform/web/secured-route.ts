import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Caller } from "../access/access.ts";
import { bodyErrors, securedBy, securedErrors } from "./api-answers.ts";
import { HttpError, unavailable } from "./http-error.ts";
import { toJsonSchema, type JsonSchema } from "./json-schema.ts";

/** What the document says of a route. */
export interface RouteDocument {
  readonly tag: string;
  readonly operationId: string;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: { readonly schema: z.ZodType; readonly example: unknown };
  readonly answer: { readonly description: string; readonly schema: z.ZodType; readonly example: unknown };
  /** Errors beyond those that every such route can answer. */
  readonly errors?: Readonly<Record<number, JsonSchema>>;
}

/** The options of a route that needs a token with one of these roles: the same roles guard it and stand in its document. */
export function securedRoute(roles: readonly string[], document: RouteDocument) {
  const { tag, operationId, summary, params, query, body, answer, errors } = document;
  const found = { description: answer.description, ...toJsonSchema(answer.schema, { examples: [answer.example] }) };
  return {
    config: { access: roles },
    schema: {
      tags: [tag],
      operationId,
      summary,
      ...(params === undefined ? {} : { params: toJsonSchema(params) }),
      ...(query === undefined ? {} : { querystring: toJsonSchema(query) }),
      ...(body === undefined ? {} : { body: toJsonSchema(body.schema, { examples: [body.example] }) }),
      response: { 200: found, ...errors, ...(body === undefined ? {} : bodyErrors), ...securedErrors },
      security: securedBy(roles),
    },
  };
}

const maxFaults = 10;

/** What a caller sent, by schema; raises a 400 with `message` and every field that does not fit. */
export function parseInput<Value>(schema: z.ZodType<Value>, given: unknown, message: string): Value {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.slice(0, maxFaults).map((issue) => ({
    field: issue.path.join(".") || "request",
    message: issue.message,
  }));
  throw new HttpError({ status: 400, message, fields });
}

/** For how long the work behind a request may go on. */
export interface WorkLimit {
  readonly milliseconds: number;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
}

/**
 * Does the work behind a request, which its signal cuts off; raises a 503 then. The web framework's own signal is of no
 * use here: that of a request with a body aborts once the body is read, and its time limit goes with it.
 */
export async function workWithin<Value>(
  { milliseconds, stopping }: WorkLimit,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const signal = AbortSignal.any([AbortSignal.timeout(milliseconds), stopping]);
  try {
    return await work(signal);
  } catch (error) {
    if (signal.aborted) throw unavailable("The service cannot answer at the moment");
    throw error;
  }
}

/** Who calls a route that needs a token. */
export function requireCaller({ caller }: Pick<FastifyRequest, "caller">): Caller {
  if (caller === null) throw new Error("A route that needs a token was called without one.");
  return caller;
}
