import assert from "node:assert/strict";
import { z } from "zod";

/** The one body of every error, and nothing beside it. */
export const refusalSchema = z.strictObject({
  status: z.int().min(400).max(599),
  message: z.string().min(1),
  userMessage: z.string().min(1),
  developerMessage: z.string().min(1),
  fields: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
});

/** Headers that every answer carries. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
};

/** An answer, as any client of a test reads it. */
export interface ReadAnswer {
  readonly status: number;
  readonly headers: Headers | Readonly<Record<string, string>>;
  readonly text: string;
}

/** Fails unless the answer is a refusal in the one shape, with this status and the headers of every answer. */
export function assertRefusal(answer: ReadAnswer | null, status: number): z.infer<typeof refusalSchema> {
  assert.ok(answer !== null, `nothing came, ${status} is expected`);
  const body = refusalSchema.parse(JSON.parse(answer.text));
  assert.deepEqual({ line: answer.status, body: body.status }, { line: status, body: status }, answer.text);
  const headers = new Headers(answer.headers);
  // The pages that one may read have a policy of their own, also where they refuse.
  const { "content-security-policy": _strict, ...others } = securityHeaders;
  const expected = { ...others, "content-type": "application/json; charset=utf-8" };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)])), expected);
  assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none';(.*;)? frame-ancestors 'none'$/);
  return body;
}

/** What no one outside may read: stacks, SQL, hosts, paths. */
const leaks: readonly RegExp[] = [
  /\bat .+:\d+:\d+/,
  /node_modules|node:internal|\.[jt]s:\d+/,
  /\b(select|insert into|update|delete from|from unnest|order by)\b .*\b(from|set|values|where|offender|staff)\b/i,
  /\b(relation|column|syntax error|violates)\b .*\b(exist|at or near|constraint)\b/i,
  /127\.0\.0\.1|localhost|::1|postgres(ql)?:\/\/|ldap:\/\/|:54\d\d\b/,
  /ECONN|ENOTFOUND|ETIMEDOUT|SQLSTATE|FST_ERR/,
  /\/(work|home|root|usr|tmp|etc|src|app)\//,
];

/** What of an answer, or of a log, no one outside may read. */
export function findLeaks(text: string): readonly string[] {
  return leaks.flatMap((leak) => leak.exec(text)?.[0] ?? []);
}
