import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TokenVerifier } from "../../platform/access/token-verifier.ts";
import type { Log } from "../../platform/process/log.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { getServiceState } from "../../operations/action/running-work-store.ts";
import { readStrictForms } from "../../platform/web/form-body.ts";
import type { ErrorAnswer } from "../../platform/web/http-error.ts";
import { answerFailures, type AnswerFailure } from "../../platform/web/request-failure.ts";
import { addAssetRoutes } from "./asset-routes.ts";
import type { Assets } from "./assets.ts";
import { viewError } from "./error-view.ts";
import { viewIntake, viewRunning } from "./layout-view.ts";
import { pagesOf, type Pages, type PagesSettings } from "./page-routes.ts";
import { pageSenderOf, type PageSender } from "./page-sender.ts";
import { addSearchRoutes } from "./search-routes.ts";
import { mayView } from "../session/session.ts";
import type { SealedCookies } from "../session/sealed-cookie.ts";
import { addSignInRoutes } from "./sign-in-routes.ts";
import type { SignInClient } from "../session/sign-in-client.ts";
import type { Render } from "./templates.ts";

/** What the console is built from, but for its pages. */
export interface ConsoleSettings extends Omit<PagesSettings, "sender"> {
  readonly log: Log;
  readonly tokens: TokenVerifier;
  readonly client: SignInClient;
  readonly cookies: SealedCookies;
  readonly render: Render;
  readonly assets: Assets;
}

/** Adds the console: sign-in, files, search and the pages that `addPages` adds. Its errors are pages too. */
export async function addConsole(
  app: FastifyInstance,
  settings: ConsoleSettings,
  addPages: (pages: Pages) => void,
): Promise<void> {
  const { assets, client, checks } = settings;
  const paths = new Set<string>();
  const sender = pageSenderOf({ ...settings, tokens: checks.tokens, authOrigin: client.origin, paths });
  const answerFailure = answerFailures(settings.log, () => performance.now());
  await app.register(async (routes) => {
    readStrictForms(routes);
    routes.addHook("onRoute", ({ url }) => void paths.add(url));
    const errors = { ...settings, answerFailure, sender };
    routes.setErrorHandler((error, request, reply) => sendError(errors, { error, request, reply }));
    addAssetRoutes(routes, assets);
    addSearchRoutes(routes);
    addSignInRoutes(routes, { ...settings, sendSignedOut: (reply) => sendSignedOut(sender, reply) });
    addPages(pagesOf(routes, { ...settings, sender }));
    await routes.register(
      async (rest) => {
        // Every request for what is not there raises a 404 before it comes here.
        rest.setNotFoundHandler({ preHandler: [] }, (_request, reply) => reply.callNotFound());
      },
      { prefix: "/console" },
    );
  });
}

interface ErrorSettings extends Pick<ConsoleSettings, "sessions" | "reads" | "clock"> {
  readonly answerFailure: AnswerFailure;
  readonly sender: PageSender;
}

interface Failed {
  readonly error: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A person who is not signed in is led to the sign-in, and from there to the page that was asked for. */
async function sendError(settings: ErrorSettings, failed: Failed): Promise<FastifyReply> {
  const { error, request, reply } = failed;
  const answer = settings.answerFailure(request, error);
  if (answer.status === 401 && request.method === "GET") {
    return reply.redirect(`/console/sign-in?returnPath=${encodeURIComponent(request.url)}`, 303);
  }
  // Where there is no page, no route has looked who asks.
  if (answer.status === 404) await settings.sessions.identify(request);
  const dependency = error instanceof DependencyError ? error.dependency : null;
  const view = viewError(answer, dependency);
  const { "retry-after": retryAfter, "x-correlation-id": reference } = answer.headers ?? {};
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  const model = { ...view, reference, isSignedOut: answer.status === 401 };
  return settings.sender.send(reply, {
    template: "web/error.njk",
    title: view.title,
    model,
    status: answer.status,
    ...(await viewState(settings, failed, answer)),
  });
}

/** What every page says of the service, for those who may see it and where the trouble is not that it cannot be read. */
async function viewState({ sessions, reads, clock }: ErrorSettings, { error, request }: Failed, answer: ErrorAnswer) {
  const session = sessions.find(request);
  const isReadable = answer.status < 500 || (error instanceof DependencyError && error.dependency !== "database");
  if (session === null || !mayView(session) || !isReadable) return unknownState;
  const state = await getServiceState(reads).catch(() => null);
  if (state === null) return unknownState;
  return { intake: viewIntake(state.intake, clock()), running: viewRunning(state.work) };
}

const unknownState = { intake: null, running: [] } as const;

function sendSignedOut(sender: PageSender, reply: FastifyReply): Promise<FastifyReply> {
  const title = "You have signed out";
  return sender.send(reply, {
    template: "web/error.njk",
    title,
    model: { title, isSignedOut: true },
    ...unknownState,
  });
}
