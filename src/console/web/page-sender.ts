import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply } from "fastify";
import type { Assets } from "./assets.ts";
import type { FormTokens } from "./form-token.ts";
import type { IntakeView, RunningView } from "./layout-view.ts";
import { listNavigation } from "./navigation.ts";
import { mayOperate } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import { takesGzip } from "./takes-gzip.ts";
import type { Render } from "./templates.ts";

/** What a page is made of: a template of its room and the view model that it shows. */
export interface View {
  /** As `messages/message.njk`. */
  readonly template: string;
  /** The page's own title, without that of the console. */
  readonly title: string;
  /** What the template knows as `page`. */
  readonly model: object;
  readonly status?: number;
}

/** A page with what every page says. */
export interface WholeView extends View {
  readonly intake: IntakeView | null;
  readonly running: readonly RunningView[];
}

/** What pages say where it is not known how the service is. */
export const unknownState = { intake: null, running: [] } as const;

/** Sends pages to browsers. */
export interface PageSender {
  send(reply: FastifyReply, view: WholeView): Promise<FastifyReply>;
}

/** What pages are sent with. */
export interface PageSenderSettings {
  readonly render: Render;
  readonly assets: Assets;
  readonly sessions: Sessions;
  readonly tokens: FormTokens;
  /** Where sign-out leads, for a browser would not follow a form there otherwise. */
  readonly authOrigin: string;
  /** The paths of all pages that there are, known once all are added. */
  readonly paths: ReadonlySet<string>;
}

const compress = promisify(gzip);
const minCompressed = 1_024;

/** Sends pages in the one layout, with the headers of a page. */
export function pageSenderOf({ render, assets, sessions, tokens, authOrigin, paths }: PageSenderSettings): PageSender {
  const headers = headersFor(authOrigin);
  return {
    send: async (reply, { template, title, model, status = 200, intake, running }) => {
      const { request } = reply;
      const session = sessions.find(request);
      const path = request.url.split("?", 1)[0] ?? "";
      const html = render(template, {
        page: model,
        title,
        intake,
        running,
        assets: assets.path,
        user: session?.user,
        mayOperate: session !== null && mayOperate(session),
        notice: session?.notice,
        navigation: session === null ? [] : listNavigation(paths, path),
        formToken: () => (session === null ? "" : tokens.write(session.id)),
      });
      reply.code(status).headers(headers);
      if (html.length < minCompressed || !takesGzip(request.headers["accept-encoding"])) return reply.send(html);
      return reply.header("content-encoding", "gzip").send(await compress(html));
    },
  };
}

/** Styles and scripts come from files of ours alone, and no one shows a page of ours inside theirs. */
function headersFor(authOrigin: string) {
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": `'self' ${authOrigin}`,
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
  };
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join("; "),
    // With none at all, browsers would not say where a form comes from.
    "referrer-policy": "same-origin",
    vary: "accept-encoding",
  };
}
