import assert from "node:assert/strict";
import { z } from "zod";
import { operator } from "../../sandbox/credentials.ts";
import { askToken } from "./caller-token.ts";
import type { TestService } from "./service.ts";

/** What an operator's request is answered with, who has every role and a token from the service's own issuer. */
export async function postAsOperator(
  { address, auth }: Pick<TestService, "address" | "auth">,
  path: string,
  body: object,
): Promise<unknown> {
  const token = await askToken(auth, operator);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(address + path, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(response.status, 200);
  return response.json();
}

/** The outcomes that a preview foresees, for each message. */
export async function preview(service: TestService, inboxKeys: readonly string[]): Promise<readonly unknown[]> {
  const answer = await postAsOperator(service, "/operations/quarantine/preview", { inboxKeys });
  return previewSchema.parse(answer).results.map(({ facts }) => facts.map(({ outcome }) => outcome));
}

const previewSchema = z.object({
  results: z.array(z.object({ facts: z.array(z.object({ outcome: z.string() })) })),
});
