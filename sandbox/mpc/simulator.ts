import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { listenOnFreePort, portOf } from "../free-port.ts";
import { meet, watchCalls, type ApiRequest, type Calls, type Fate } from "./calls.ts";
import {
  act,
  answerAllocation,
  answerHandover,
  newPrisoner,
  type Action,
  type Announcement,
  type Answer,
  type Prisoner,
  type Published,
} from "./prisoner.ts";
import { openPrisoners } from "./storage.ts";

/** How the simulator is set up. */
export interface SimulatorSettings {
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Publishes to the topic; answers the message's id. */
  readonly publish: (event: { readonly body: string; readonly eventType: string }) => Promise<string>;
  /** Where prisoners are kept between starts; in memory without it. */
  readonly stateFile?: string | undefined;
  /** The prisoners to begin with. */
  readonly prisoners?: Iterable<Prisoner> | undefined;
  /** Adds a page to it, for people to play the part of Manage POM Cases' users. */
  readonly addPage?: ((app: FastifyInstance, stage: MpcStage) => void) | undefined;
}

/** How an action is announced. */
export interface Announcing {
  /** False loses the event, as Manage POM Cases sometimes does. */
  readonly announce?: boolean;
  /** When the event says that it happened; now by default. */
  readonly occurredAt?: Date;
}

/** What people, and accidents, do to Manage POM Cases. */
export interface MpcStage {
  /** Does what a person would do in Manage POM Cases, and announces it as it does. */
  act(noms: string, action: Action, announcing?: Announcing): Promise<readonly Published[]>;
  prisoners(): readonly Prisoner[];
  /** While it is out, every call of its API is answered 503. */
  setOutage(isOut: boolean): void;
  isOut(): boolean;
}

/** A simulator of Manage POM Cases: its API with its real paths and answers, and its events. */
export interface Simulator extends MpcStage, AsyncDisposable {
  readonly origin: string;
  /** Publishes the same event again. */
  republish(published: Published): Promise<string>;
  published(): readonly Published[];
  /**
   * Answers every call whose path ends so with this from now on; a list is used up call by call. Null, and the end of a
   * list, go back to the truth.
   */
  answerWith(pathEnd: string, fate: Fate | readonly Fate[] | null): void;
  /** Calls of the API so far. */
  requests(): readonly ApiRequest[];
  /** Calls that no one ought to make: without a valid token, or of what there is not. */
  unexpected(): readonly string[];
  /** How many calls were answered 401. */
  refusals(): number;
  /** Waits for the next call whose path ends so. */
  nextRequest(pathEnd: string): Promise<ApiRequest>;
}

/** Starts the simulator, for loopback callers only. */
export async function startSimulator(settings: SimulatorSettings): Promise<Simulator> {
  const { stateFile, publish } = settings;
  const { known, put } = await openPrisoners(stateFile, settings.prisoners ?? []);
  const published: Published[] = [];
  const calls = watchCalls();
  const find = (noms: string) => known.get(noms) ?? newPrisoner(noms);
  let origin = "";
  const perform: Simulator["act"] = async (noms, action, announcing = {}) => {
    const { prisoner, announcements } = act(find(noms), action);
    await put(prisoner);
    if (announcing.announce === false) return [];
    const { occurredAt = new Date() } = announcing;
    const events = await Promise.all(announcements.map((one) => publishEvent(publish, one, { origin, occurredAt })));
    published.push(...events);
    return events;
  };
  const stage: MpcStage = { act: perform, prisoners: () => [...known.values()], ...createOutage() };
  const build = () => {
    // Calls that a test leaves without an answer must not keep the simulator from stopping.
    const app = fastify({ forceCloseConnections: true });
    refuseWhileOut(app, stage);
    addApi(app, { settings, find, calls });
    settings.addPage?.(app, stage);
    return app;
  };
  const server = await listen(build, settings.port ?? 0);
  origin = server.origin;
  return {
    ...stage,
    origin,
    republish: ({ eventType, body }) => publish({ body, eventType }),
    published: () => published,
    answerWith: calls.answerWith,
    requests: () => calls.requests,
    unexpected: () => calls.unexpected,
    refusals: calls.refusals,
    nextRequest: calls.nextRequest,
    [Symbol.asyncDispose]: () => server.app.close(),
  };
}

function createOutage(): Pick<MpcStage, "isOut" | "setOutage"> {
  let isOut = false;
  return {
    isOut: () => isOut,
    setOutage: (isNowOut) => {
      isOut = isNowOut;
    },
  };
}

function refuseWhileOut(app: FastifyInstance, { isOut }: Pick<MpcStage, "isOut">): void {
  app.addHook("onRequest", async ({ url }, reply) => {
    if (isOut() && url.startsWith("/api")) return reply.code(503).send({ status: "error", message: "Out of service" });
  });
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

const unauthorized = { status: "error", message: "Valid authorisation token required" };

interface Api {
  readonly settings: SimulatorSettings;
  readonly find: (noms: string) => Prisoner;
  readonly calls: Calls;
}

function addApi(app: FastifyInstance, { settings, find, calls }: Api): void {
  const keys = createRemoteJWKSet(new URL(settings.jwksUrl));
  const isAuthorized = async ({ headers: { authorization = "" } }: FastifyRequest) => {
    if (!authorization.startsWith("Bearer")) return false;
    const token = authorization.split(/\s+/).at(-1) ?? "";
    const rules = { issuer: settings.issuer, algorithms: ["RS256"], requiredClaims: ["exp"] };
    return jwtVerify(token, keys, rules).then(
      ({ payload: { scope } }) => Array.isArray(scope) && scope.includes("read"),
      () => false,
    );
  };
  const serve = (answer: (prisoner: Prisoner) => Answer) => async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url;
    const authorized = await isAuthorized(request);
    const put = calls.take({ path, isAuthorized: authorized });
    if (put !== undefined) return meet(reply, put);
    if (!authorized) return reply.code(401).send(unauthorized);
    const [, noms = ""] = /([A-Z]\d{4}[A-Z]{2})/.exec(path) ?? [];
    const { status, body } = answer(find(noms));
    return reply.code(status).send(body);
  };
  app.get("/api", async (request, reply) =>
    (await isAuthorized(request)) ? { status: "ok" } : reply.code(401).send(unauthorized),
  );
  app.get("/api/allocation/:noms/primary_pom", serve(answerAllocation));
  app.get("/api/handovers/:noms", serve(answerHandover));
  app.setNotFoundHandler(({ method, url }, reply) => {
    calls.blame(`${method} ${url}, which there is not`);
    return reply.code(404).send({ status: 404, error: "Not Found" });
  });
}
