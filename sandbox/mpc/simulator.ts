import { setTimeout as wait } from "node:timers/promises";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { listenOnFreePort, portOf } from "../free-port.ts";
import type { Publication } from "../queue-server.ts";
import { addPage } from "./page.ts";
import {
  act,
  answerAllocation,
  answerHandover,
  newPrisoner,
  type Action,
  type Announcement,
  type Answer,
  type Prisoner,
} from "./prisoner.ts";
import { loadPrisoners, savePrisoners } from "./storage.ts";

/** How the simulator is set up. */
export interface SimulatorSettings {
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Publishes to the topic; answers the message's id. */
  readonly publish: (publication: Publication) => Promise<string>;
  /** Where prisoners are kept between starts; in memory without it. */
  readonly stateFile?: string;
  /** The prisoners to begin with. */
  readonly prisoners?: readonly string[];
}

/** An event that was published. */
export interface Published {
  readonly messageId: string;
  readonly eventType: string;
  readonly body: string;
}

/** How an action is announced. */
export interface Announcing {
  /** False loses the event, as Manage POM Cases sometimes does. */
  readonly announce?: boolean;
  /** When the event says that it happened; now by default. */
  readonly occurredAt?: Date;
}

/** An answer that a test puts in the place of the simulator's own. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

/** A simulator of Manage POM Cases: its API with its real paths and answers, its events, and a small web page. */
export interface Simulator extends AsyncDisposable {
  readonly origin: string;
  /** Does what a person would do in Manage POM Cases, and announces it as it does. */
  act(noms: string, action: Action, announcing?: Announcing): Promise<readonly Published[]>;
  /** Publishes the same event again. */
  republish(published: Published): Promise<string>;
  prisoners(): readonly Prisoner[];
  published(): readonly Published[];
  /** Answers every call whose path ends so with this from now on; null goes back to the truth. */
  answerWith(pathEnd: string, reply: Reply | null): void;
  /** Calls of the API so far. */
  requests(): readonly ApiRequest[];
}

/** A call of the API. */
export interface ApiRequest {
  readonly path: string;
  readonly isAuthorized: boolean;
}

/** Starts the simulator, for loopback callers only. */
export async function startSimulator(settings: SimulatorSettings): Promise<Simulator> {
  const { stateFile, publish } = settings;
  const known = await loadPrisoners(stateFile, (settings.prisoners ?? []).map(newPrisoner));
  const published: Published[] = [];
  const requests: ApiRequest[] = [];
  const replies = new Map<string, Reply>();
  const find = (noms: string) => known.get(noms) ?? newPrisoner(noms);
  let origin = "";
  const perform: Simulator["act"] = async (noms, action, announcing = {}) => {
    const { prisoner, announcements } = act(find(noms), action);
    known.set(noms, prisoner);
    await savePrisoners(stateFile, known);
    if (announcing.announce === false) return [];
    const { occurredAt = new Date() } = announcing;
    const events = await Promise.all(announcements.map((one) => publishEvent(publish, one, { origin, occurredAt })));
    published.push(...events);
    return events;
  };
  const build = () => {
    const app = fastify();
    addApi(app, { settings, find, replies, requests });
    addPage(app, { prisoners: () => [...known.values()], published: () => published, perform });
    return app;
  };
  const server = await listen(build, settings.port ?? 0);
  origin = server.origin;
  return {
    origin,
    act: perform,
    republish: ({ eventType, body }) => publish({ body, eventType }),
    prisoners: () => [...known.values()],
    published: () => published,
    answerWith: (pathEnd, reply) => {
      if (reply === null) replies.delete(pathEnd);
      else replies.set(pathEnd, reply);
    },
    requests: () => requests,
    [Symbol.asyncDispose]: () => server.app.close(),
  };
}

async function publishEvent(
  publish: SimulatorSettings["publish"],
  announcement: Announcement,
  circumstances: Circumstances,
): Promise<Published> {
  const { eventType } = announcement;
  const body = JSON.stringify(toEvent(announcement, circumstances));
  return { messageId: await publish({ body, eventType }), eventType, body };
}

interface Circumstances {
  readonly origin: string;
  readonly occurredAt: Date;
}

async function listen(build: () => FastifyInstance, preferred: number) {
  let app = build();
  const port = await listenOnFreePort(preferred, async (wanted) => {
    // A server that failed to listen cannot be started again.
    if (wanted !== preferred) app = build();
    await app.listen({ port: wanted, host: "127.0.0.1" });
    return portOf(app.server.address());
  });
  return { app, origin: `http://127.0.0.1:${port}` };
}

// The event's time is that of its publishing, in whole seconds.
function toEvent(
  { eventType, description, path, additionalInformation }: Announcement,
  { origin, occurredAt }: Circumstances,
) {
  const noms = path.split("/").find((segment) => /^[A-Z]\d{4}[A-Z]{2}$/.test(segment));
  return {
    eventType,
    version: 1,
    description,
    detailUrl: origin + path,
    ...(additionalInformation === undefined ? {} : { additionalInformation }),
    personReference: { identifiers: [{ type: "NOMS", value: noms }] },
    occurredAt: occurredAt.toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

interface Api {
  readonly settings: SimulatorSettings;
  readonly find: (noms: string) => Prisoner;
  readonly replies: ReadonlyMap<string, Reply>;
  readonly requests: ApiRequest[];
}

function addApi(app: FastifyInstance, { settings, find, replies, requests }: Api): void {
  const keys = createRemoteJWKSet(new URL(settings.jwksUrl));
  const isAuthorized = async ({ headers: { authorization = "" } }: FastifyRequest) => {
    const token = authorization.replace(/^Bearer /, "");
    return jwtVerify(token, keys, { issuer: settings.issuer }).then(
      () => true,
      () => false,
    );
  };
  const serve = (answer: (prisoner: Prisoner) => Answer) => async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url;
    const authorized = await isAuthorized(request);
    requests.push({ path, isAuthorized: authorized });
    const put = [...replies].find(([pathEnd]) => path.endsWith(pathEnd))?.[1];
    if (put !== undefined) return replyWith(reply, put);
    if (!authorized) {
      return reply.code(401).send({ status: "error", message: "Valid authorisation token required" });
    }
    const [, noms = ""] = /([A-Z]\d{4}[A-Z]{2})/.exec(path) ?? [];
    const { status, body } = answer(find(noms));
    return reply.code(status).send(body);
  };
  app.get("/api", () => ({ status: "ok" }));
  app.get("/api/allocation/:noms/primary_pom", serve(answerAllocation));
  app.get("/api/handovers/:noms", serve(answerHandover));
}

async function replyWith(reply: FastifyReply, { status, body, headers, delayMs = 0 }: Reply) {
  await wait(delayMs);
  return reply
    .code(status)
    .headers({ "content-type": "application/json", ...headers })
    .send(body);
}
