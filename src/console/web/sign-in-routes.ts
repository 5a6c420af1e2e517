import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { TokenVerifier } from "../../platform/access/token-verifier.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { requireForm, type FormChecks } from "./form-check.ts";
import { readReturnPath } from "./navigation.ts";
import type { SealedCookies } from "../session/sealed-cookie.ts";
import type { Sessions } from "../session/sessions.ts";
import { callbackPath, signedOutPath, type SignInClient } from "../session/sign-in-client.ts";

/** What the routes of sign-in are built from. */
export interface SignInRoutesSettings {
  readonly client: SignInClient;
  readonly cookies: SealedCookies;
  readonly sessions: Sessions;
  readonly checks: FormChecks;
  readonly tokens: TokenVerifier;
  readonly sendSignedOut: (reply: FastifyReply) => Promise<FastifyReply>;
}

const attemptSchema = z.object({ state: z.string(), verifier: z.string(), returnPath: z.string() });
const attemptSeconds = 600;
const querySchema = z.object({ returnPath: z.string().optional().catch(undefined) });
const callbackSchema = z.object({ state: z.string().max(200) });
const open = { config: { access: "open" }, schema: { hide: true } } as const;

/** Adds sign-in and sign-out by HMPPS Auth. */
export function addSignInRoutes(app: FastifyInstance, settings: SignInRoutesSettings): void {
  const { client, cookies, sessions, checks, sendSignedOut } = settings;
  app.get("/console/sign-in", open, async ({ query }, reply) => {
    const { address, attempt } = await client.begin();
    const returnPath = readReturnPath(querySchema.parse(query).returnPath);
    const sealed = await cookies.seal(nameOf(attempt.state), { ...attempt, returnPath }, attemptSeconds);
    return reply.header("set-cookie", sealed).redirect(address, 303);
  });
  app.get(callbackPath, open, (request, reply) => finish(settings, request, reply));
  app.get(signedOutPath, open, (_request, reply) => sendSignedOut(reply));
  app.post("/console/sign-out", open, async (request, reply) => {
    const caller = await sessions.identify(request);
    const session = sessions.find(request);
    if (caller !== null && session !== null) requireForm(checks, request, session);
    sessions.end(reply);
    return reply.redirect(client.signOutAddress, 303);
  });
}

/** Tabs may sign in side by side: each attempt has a cookie of its own. */
function nameOf(state: string): string {
  return `sign-in-${state.replaceAll(/[^\w-]/g, "").slice(0, 12)}`;
}

async function finish(
  { client, cookies, sessions, tokens }: SignInRoutesSettings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { data } = callbackSchema.safeParse(request.query);
  const name = nameOf(data?.state ?? "");
  const attempt = await cookies.open(name, request.headers.cookie, attemptSchema);
  if (attempt === null) throw failedSignIn();
  const token = await client.finish(request.url, attempt);
  const caller = token === null ? null : await tokens.verify(token);
  if (caller === null) throw failedSignIn();
  await sessions.begin(reply, caller);
  return reply.header("set-cookie", cookies.remove(name)).redirect(attempt.returnPath, 303);
}

function failedSignIn(): HttpError {
  return new HttpError({ status: 400, message: "You could not be signed in" });
}
