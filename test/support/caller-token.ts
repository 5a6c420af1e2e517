import { z } from "zod";
import type { HmppsAuth } from "../../sandbox/auth-server.ts";

const answerSchema = z.object({ access_token: z.string() });

/** A token that the stand-in of HMPPS Auth gives one of the sandbox's callers. */
export async function askToken(
  { tokenUrl }: Pick<HmppsAuth, "tokenUrl">,
  { id, secret }: { readonly id: string; readonly secret: string },
): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  const answer = await fetch(tokenUrl, { method: "POST", body, headers: { authorization } });
  return answerSchema.parse(await answer.json()).access_token;
}
