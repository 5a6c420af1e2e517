import { errorBodySchema, toErrorBody } from "./http-error.ts";
import { toJsonSchema, type JsonSchema } from "./json-schema.ts";

/** The document of an error answer, with an example of its body. */
export function describeError(status: number, message: string, developerMessage = message): JsonSchema {
  const examples = [toErrorBody({ status, message, developerMessage })];
  return { description: message, ...toJsonSchema(errorBodySchema, { examples }) };
}

/** Errors of a route that takes a body. */
export const bodyErrors: Readonly<Record<number, JsonSchema>> = {
  413: describeError(413, "The request is too large"),
  415: describeError(415, "The request's body must be JSON (content type application/json)"),
};

/** Errors that every route which needs a token can answer (spec 4.6). */
export const securedErrors: Readonly<Record<number, JsonSchema>> = {
  401: describeError(401, "A valid token is needed", "Send a bearer token of HMPPS Auth that has not expired"),
  403: describeError(403, "This is not for you"),
  500: describeError(
    500,
    "Something went wrong in the service",
    "Something went wrong in the service; correlation id 7d1d3a3e-94f2-4d43-bb4f-6b6f3c3a1c55",
  ),
  503: describeError(
    503,
    "The service cannot answer at the moment",
    "The service cannot answer at the moment; correlation id 7d1d3a3e-94f2-4d43-bb4f-6b6f3c3a1c55",
  ),
};

/** How the document tells which roles a token may have; one of them is enough. */
export function securedBy(roles: readonly string[]) {
  return roles.map((role) => ({ hmppsAuth: [role] }));
}
