import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Database } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { TokenVerifier } from "../../platform/access/token-verifier.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { workWithin } from "../../platform/web/secured-route.ts";
import { requireForm, type FormChecks } from "./form-check.ts";
import { readReturnPath } from "./navigation.ts";
import { unknownState, type PageSender } from "./page-sender.ts";
import { insertEndedSession } from "../session/ended-session-store.ts";
import type { SealedCookies } from "../session/sealed-cookie.ts";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { callbackPath, signedOutPath, type SignInClient } from "../session/sign-in-client.ts";

/** What the routes of sign-in are built from. */
export interface SignInRoutesSettings {
  readonly client: SignInClient;
  readonly cookies: SealedCookies;
  readonly sessions: Sessions;
  readonly checks: FormChecks;
  readonly tokens: TokenVerifier;
  readonly sender: PageSender;
  readonly database: Database;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

const attemptSchema = z.object({ state: z.string(), verifier: z.string(), returnPath: z.string() });
const attemptSeconds = 600;
const querySchema = z.object({ returnPath: z.string().optional().catch(undefined) });
const callbackSchema = z.object({ state: z.string().max(200) });
const open = { config: { access: "open" }, schema: { hide: true } } as const;

/** Adds sign-in and sign-out by HMPPS Auth. */
export function addSignInRoutes(app: FastifyInstance, settings: SignInRoutesSettings): void {
  const { client, cookies, sender } = settings;
  app.get("/console/sign-in", open, async ({ query }, reply) => {
    const { address, attempt } = await client.begin();
    const returnPath = readReturnPath(querySchema.parse(query).returnPath);
    const sealed = await cookies.seal(nameOf(attempt.state), { ...attempt, returnPath }, attemptSeconds);
    return reply.header("set-cookie", sealed).redirect(address, 303);
  });
  app.get(callbackPath, open, (request, reply) => finish(settings, request, reply));
  app.get(signedOutPath, open, (_request, reply) => sender.send(reply, { ...signedOutPage, ...unknownState }));
  app.post("/console/sign-out", open, (request, reply) => signOut(settings, request, reply));
}

const signedOutPage = pageOf({ title: "You have signed out", isSignedOut: true });

function pageOf<Model extends { readonly title: string }>(model: Model) {
  return { template: "web/error.njk", title: model.title, model };
}

const endMs = 4_000;

/** Ends the session on every replica, in this browser and at HMPPS Auth: also one that was idle here, for a copy may not be. */
async function signOut(
  { client, sessions, checks, sender, ...settings }: SignInRoutesSettings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const session = await sessions.read(request);
  if (session !== null) requireForm(checks, request, session);
  sessions.leave(reply);
  if (session === null || (await endEverywhere(settings, session))) return reply.redirect(client.signOutAddress, 303);
  const page = { ...pageOf({ ...endedHere, leave: client.signOutAddress }), status: 503 };
  return sender.send(reply, { ...page, ...unknownState });
}

const endedHere = {
  title: "You have signed out of this browser only",
  paragraphs: [
    "The Delius database cannot be reached, so the service could not end your session everywhere. A copy of it, if anyone made one, can be used until it has been idle for 30 minutes, and no longer than 8 hours after you signed in.",
    "You are still signed in to HMPPS Auth.",
  ],
} as const;

/** Whether it was done; where the database does not take it, that is logged. */
async function endEverywhere(
  { database, log, stopping }: Pick<SignInRoutesSettings, "database" | "log" | "stopping">,
  session: Session,
): Promise<boolean> {
  try {
    const limit = { milliseconds: endMs, stopping };
    await workWithin(limit, (signal) => insertEndedSession(database, session, signal));
    return true;
  } catch (error) {
    log.error({ errorClass: errorClassOf(error) }, "a session could not be ended");
    return false;
  }
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
