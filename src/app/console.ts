import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller } from "../platform/access/access.ts";
import type { TokenVerifier } from "../platform/access/token-verifier.ts";
import { loadAssets } from "../console/web/assets.ts";
import { addConsole } from "../console/web/console-routes.ts";
import { createFormTokens } from "../console/web/form-token.ts";
import { createFrames } from "../console/session/frames.ts";
import { createSealedCookies } from "../console/session/sealed-cookie.ts";
import { createSessions } from "../console/session/sessions.ts";
import { createSignInClient } from "../console/session/sign-in-client.ts";
import { replaceUnreadable } from "../console/web/navigation.ts";
import { createTemplates } from "../console/web/templates.ts";
import type { ConsoleConfig } from "./console-config.ts";
import { addConsolePages, type ConsolePagesSettings } from "./console-pages.ts";
import type { Parts } from "./parts.ts";

/** The operators' console. */
export interface Console {
  /** Who a request comes from whose route goes by sessions. */
  readonly identifySession: (request: FastifyRequest) => Promise<Caller | null>;
  /** What address is answered in place of one that cannot be read. */
  readonly replaceAddress: (address: string) => string;
  /** Adds its routes. Its pages see and do what the API does, so they are built from the same. */
  readonly addRoutes: (routes: FastifyInstance, settings: ConsolePagesSettings) => Promise<void>;
}

/** Makes the console as it is configured. */
export function createConsole(
  settings: ConsoleConfig,
  { log, clock }: Pick<Parts, "log" | "clock">,
  tokens: TokenVerifier,
): Console {
  const { consoleUrl, sessionSecret } = settings;
  const cookies = createSealedCookies(sessionSecret, consoleUrl.startsWith("https:"));
  const sessions = createSessions(cookies, clock);
  const checks = { tokens: createFormTokens(sessionSecret), origin: consoleUrl };
  const client = createSignInClient(settings);
  return {
    identifySession: (request) => sessions.identify(request),
    replaceAddress: replaceUnreadable,
    addRoutes: async (routes, api) => {
      const [render, assets] = [createTemplates(), await loadAssets()];
      const frames = createFrames(api.reads, sessions);
      const web = { ...api, frames, log, clock, tokens, client, cookies, sessions, checks, render, assets };
      await addConsole(routes, web, (pages) => addConsolePages(pages, api));
    },
  };
}
