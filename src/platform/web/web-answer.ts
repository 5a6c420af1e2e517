import type { FastifyReply } from "fastify";
import { toErrorBody, type ErrorAnswer } from "./http-error.ts";

/** Headers of every answer; a page of ours widens the policy for itself. */
export const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
} as const;

const contentType = "application/json; charset=utf-8";

/** Answers a request with the one error body. */
export function sendRefusal(reply: FastifyReply, answer: ErrorAnswer): FastifyReply {
  return reply
    .code(answer.status)
    .headers({ ...securityHeaders, ...answer.headers })
    .type(contentType)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(toErrorBody(answer));
}

/** The same answer for what never becomes a request of the web framework's: its headers and its body. */
export function writeRefusal(answer: ErrorAnswer): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const body = JSON.stringify(toErrorBody(answer));
  const length = String(Buffer.byteLength(body));
  const headers = { "content-type": contentType, "content-length": length, connection: "close" };
  return { headers: { ...securityHeaders, ...answer.headers, ...headers }, body };
}
