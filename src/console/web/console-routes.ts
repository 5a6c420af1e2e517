import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { TokenVerifier } from "../../platform/access/token-verifier.ts";
import type { Log } from "../../platform/process/log.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { readStrictForms } from "../../platform/web/form-body.ts";
import { refuseOtherMethods } from "../../platform/web/other-methods.ts";
import { answerFailures, type AnswerFailure } from "../../platform/web/request-failure.ts";
import { addAssetRoutes } from "./asset-routes.ts";
import type { Assets } from "./assets.ts";
import { viewError } from "./error-view.ts";
import { viewIntake, viewRunning } from "./layout-view.ts";
import { pagesOf, type Pages, type PagesSettings } from "./page-routes.ts";
import { pageSenderOf, unknownState, type PageSender } from "./page-sender.ts";
import { addSearchRoutes } from "./search-routes.ts";
import { mayView } from "../session/session.ts";
import type { Frames } from "../session/frames.ts";
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
  const { assets, client, checks, frames } = settings;
  const paths = new Set<string>();
  const added: RouteOptions[] = [];
  const sender = pageSenderOf({ ...settings, tokens: checks.tokens, authOrigin: client.origin, paths });
  const answerFailure = answerFailures(settings.log, () => performance.now());
  await app.register(async (routes) => {
    readStrictForms(routes);
    routes.addHook("onRoute", (route) => {
      paths.add(route.url);
      added.push(route);
    });
    // The caller is known by now and has the role; their session may still have ended on another replica.
    routes.addHook("onRequest", (request) => frames.open(request));
    const errors = { ...settings, answerFailure, sender };
    routes.setErrorHandler((error, request, reply) => sendError(errors, { error, request, reply }));
    addAssetRoutes(routes, assets);
    addSearchRoutes(routes);
    addSignInRoutes(routes, { ...settings, sender });
    addPages(pagesOf(routes, { ...settings, sender }));
    refuseOtherMethods(routes, [...added]);
    await routes.register(
      async (rest) => {
        // Every request for what is not there raises a 404 before it comes here.
        rest.setNotFoundHandler({ preHandler: [] }, (_request, reply) => reply.callNotFound());
      },
      { prefix: "/console" },
    );
  });
}

interface ErrorSettings extends Pick<ConsoleSettings, "sessions" | "clock"> {
  readonly frames: Frames;
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
  const state = await findState(settings, request, answer.status);
  const dependency = error instanceof DependencyError ? error.dependency : null;
  const view = viewError(answer, { dependency, method: request.method });
  const { "x-correlation-id": reference, ...headers } = answer.headers ?? {};
  for (const name of ["retry-after", "allow"]) if (headers[name] !== undefined) reply.header(name, headers[name]);
  const model = { ...view, reference, isSignedOut: answer.status === 401, isOfAction: answer.status === 405 };
  const page = { template: "web/error.njk", title: view.title, model, status: answer.status };
  return settings.sender.send(reply, { ...page, ...state });
}

/** What every page says of the service, for those who may see it and where it can be read. */
async function findState({ sessions, frames, clock }: ErrorSettings, request: FastifyRequest, status: number) {
  // Without a route, nothing has identified the caller yet.
  if (status === 404 || status === 405) await sessions.identify(request);
  // What was refused before its route was reached has not read it. Its page is shown all the same where it cannot be read.
  if (status < 500) await frames.open(request).catch(() => undefined);
  const [session, frame] = [sessions.find(request), frames.find(request)];
  if (session === null || frame === null || !mayView(session)) return unknownState;
  return { intake: viewIntake(frame.intake, clock()), running: viewRunning(frame.work) };
}
