import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import type { Database } from "../../platform/database/database.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Clock } from "../../platform/time/uptime.ts";
import { workWithin } from "../../platform/web/secured-route.ts";
import type { IntakeState } from "../../sync/intake/intake-state.ts";
import { actOnce } from "./act-once.ts";
import type { FormResult } from "./form-store.ts";
import { requireForm, type FormChecks } from "./form-check.ts";
import type { RunningWork } from "../../operations/action/running-work.ts";
import { describeRefusal, viewFaults, type Faults } from "./form-faults.ts";
import { viewIntake, viewRunning } from "./layout-view.ts";
import type { PageSender, View } from "./page-sender.ts";
import { mayOperate, type Session } from "../session/session.ts";
import type { Frame } from "../session/frame-store.ts";
import { signedOut, type Frames } from "../session/frames.ts";
import type { Sessions } from "../session/sessions.ts";

/** A look at a file or a page: who looks, when and at what. */
export interface Look {
  readonly session: Session;
  /** Whether to show buttons. */
  readonly mayOperate: boolean;
  readonly now: Instant;
  readonly request: FastifyRequest;
}

/** A look at a page. */
export interface Visit extends Look {
  /** How the intake is; every page shows it. */
  readonly intake: IntakeState;
  /** Long work that is under way; every page shows it. */
  readonly work: RunningWork;
  /** What was wrong with the form that was sent, and what it held; null for a page that is opened. */
  readonly faults: Faults | null;
}

/** What an operator wants, checked. */
export interface Change<Values> {
  readonly values: Values;
  readonly actor: string;
  readonly request: FastifyRequest;
  /** Aborts when the work takes too long or the service stops. */
  readonly signal: AbortSignal;
}

/** A form of a page and what it does. */
export interface ChangeSettings<Values> {
  /** Fields of the form, those that are missing left out. */
  readonly schema: z.ZodType<Values>;
  /** Shows the page of the form again, with `visit.faults`. */
  readonly form: (visit: Visit) => Promise<View>;
  /** Does it, once for each form, and says where to lead the operator and what to say there. */
  readonly act: (change: Change<Values>) => Promise<FormResult>;
  /** The address of a page that can be opened, for one who sent the form again before its result was known. */
  readonly page: (change: Pick<Change<Values>, "values" | "request">) => string;
  /** Milliseconds after which the work is broken off. */
  readonly within?: number;
}

/** A file that a browser keeps. */
export interface Download {
  readonly name: string;
  /** Its text, piece by piece. */
  readonly text: AsyncIterable<string>;
}

/** What pages are added with. */
export interface Pages {
  /** A page that everyone with VIEW may open. */
  show(path: string, view: (visit: Visit) => Promise<View>): void;
  /** A CSV file that everyone with VIEW may download. */
  download(path: string, write: (look: Look) => Promise<Download>): void;
  /** A change of state that everyone with OPERATE may make, by a form that is posted to `path`. */
  change<Values>(path: string, settings: ChangeSettings<Values>): void;
}

/** What pages are built from. */
export interface PagesSettings {
  readonly sessions: Sessions;
  readonly frames: Frames;
  readonly checks: FormChecks;
  readonly sender: PageSender;
  readonly database: Database;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

const changeMs = 8_000;
// One who sends a form twice waits so long for what the first sending comes to.
const patienceMs = 5_000;
// A person waits longer for a page than a program for its answer.
const answerMs = 12_000;

/** Lets rooms add their pages and changes to the console's routes. */
export function pagesOf(app: FastifyInstance, settings: PagesSettings): Pages {
  const { sender } = settings;
  const answer = async (reply: FastifyReply, view: (visit: Visit) => Promise<View>, faults: Faults | null) => {
    const { intake, work } = requireFrame(settings.frames, reply.request);
    const visit = { ...lookOf(settings, reply.request), intake, work, faults };
    const shown = await view(visit);
    await settings.sessions.renew(reply);
    return sender.send(reply, { ...shown, intake: viewIntake(intake, visit.now), running: viewRunning(work) });
  };
  return {
    show: (path, view) => {
      app.get(path, guardedBy(viewers), (_request, reply) => answer(reply, view, null));
    },
    download: (path, write) => {
      app.get(path, guardedBy(viewers), async (request, reply) => {
        return sendFile(reply, await write(lookOf(settings, request)));
      });
    },
    change: (path, change) => {
      app.post(path, guardedBy(operators), async (request, reply) => {
        const session = requireSession(settings.sessions, request);
        const formId = requireForm(settings.checks, request, session);
        const parsed = change.schema.safeParse(request.body);
        if (!parsed.success) {
          const faults = viewFaults(parsed.error, request.body);
          return answer(reply, async (visit) => ({ ...(await change.form(visit)), status: 400 }), faults);
        }
        const order = { values: parsed.data, actor: session.user, request };
        const page = change.page(order);
        const limit = { milliseconds: change.within ?? changeMs, stopping: settings.stopping };
        const refuse = (error: unknown) => describeRefusal(error, page);
        const act = () => workWithin(limit, (signal) => change.act({ ...order, signal }).catch(refuse));
        const result = await actOnce(settings.database, { formId, act, page, patienceMs });
        await settings.sessions.renew(reply, result.notice);
        return reply.redirect(result.location, 303);
      });
    },
  };
}

function lookOf({ sessions, clock }: PagesSettings, request: FastifyRequest): Look {
  const session = requireSession(sessions, request);
  return { session, mayOperate: mayOperate(session), now: clock(), request };
}

function sendFile(reply: FastifyReply, { name, text }: Download): FastifyReply {
  reply.header("content-type", "text/csv; charset=utf-8");
  reply.header("content-disposition", `attachment; filename="${name}"`);
  return reply.send(Readable.from(text));
}

/** The options of a route that needs a session with one of these roles. */
export function guardedBy(roles: readonly string[]) {
  const route = { config: { access: roles, signIn: "session" }, schema: { hide: true } } as const;
  return { ...route, handlerTimeout: answerMs };
}

function requireSession(sessions: Sessions, request: FastifyRequest): Session {
  const session = sessions.find(request);
  if (session === null) throw signedOut();
  return session;
}

function requireFrame(frames: Frames, request: FastifyRequest): Frame {
  const frame = frames.find(request);
  if (frame === null) throw new Error("A page was asked for without its frame.");
  return frame;
}
