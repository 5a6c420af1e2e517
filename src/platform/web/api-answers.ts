import { errorBodySchema, toErrorBody, type ErrorAnswer } from "./http-error.ts";
import { toJsonSchema, type JsonSchema } from "./json-schema.ts";

const correlationId = "7d1d3a3e-94f2-4d43-bb4f-6b6f3c3a1c55";
const failed = { type: "string", format: "uuid", description: "Names the failure in the service's log" };
const headers: Readonly<Record<number, JsonSchema>> = {
  401: { "WWW-Authenticate": { type: "string", description: "How to say who one is: `Bearer`" } },
  500: { "X-Correlation-Id": failed },
  503: {
    "Retry-After": { type: "integer", description: "Seconds after which to ask again" },
    "X-Correlation-Id": failed,
  },
};

// Every route lists several errors: what is the same for all is made once.
const errorBody = toJsonSchema(errorBodySchema);

/** The document of an error answer, with an example of its body. */
export function describeError(status: number, message: string, developerMessage = message): JsonSchema {
  return describeRefusal({ status, message, developerMessage });
}

/** The same, for one that says more. */
export function describeRefusal(answer: ErrorAnswer): JsonSchema {
  const schema = { ...errorBody, examples: [toErrorBody(answer)] };
  const shown = headers[answer.status];
  return { description: answer.message, ...schema, ...(shown === undefined ? {} : { headers: shown }) };
}

function describeFailure(status: number, message: string): JsonSchema {
  return describeError(status, message, `${message}; correlation id ${correlationId}`);
}

/** Errors that every route can answer: those of the web server itself. */
export const unsecuredErrors: Readonly<Record<string, JsonSchema>> = {
  default: {
    ...describeError(405, "This address does not take this method"),
    description: "What the web server refuses by itself",
    headers: { Allow: { type: "string", description: "With 405: the methods that the address takes" } },
  },
};

/** Errors of a route that takes a body. */
export const bodyErrors: Readonly<Record<number, JsonSchema>> = {
  413: describeError(413, "The request is too large"),
  415: describeError(415, "The request's body must be JSON (content type application/json)"),
};

/** Errors that every route which needs a token can answer. */
export const securedErrors: Readonly<Record<string, JsonSchema>> = {
  401: describeError(401, "A valid token is needed", "Send a bearer token of HMPPS Auth that has not expired"),
  403: describeError(403, "You do not have permission to do this"),
  500: describeFailure(500, "Something went wrong in the service"),
  503: describeFailure(503, "The service cannot answer at the moment"),
  ...unsecuredErrors,
};

/** How the document says which roles a token may have; one of them is enough. */
export function securedBy(roles: readonly string[]) {
  return roles.map((role) => ({ hmppsAuth: [role] }));
}
