import rateLimit from "@fastify/rate-limit";
import { randomUUID } from "node:crypto";
import type { RequestListener, Server } from "node:http";
import { fastify, type FastifyInstance, type FastifyRequest, type RouteOptions } from "fastify";
import { isAllowed, type Access, type Caller } from "../access/access.ts";
import { answerBrokenRequest, takeOddRequests } from "./broken-request.ts";
import { HttpError, overloaded } from "./http-error.ts";
import { readStrictJson } from "./json-body.ts";
import type { Log } from "../process/log.ts";
import type { Metrics } from "../process/metrics.ts";
import { gatherOtherMethods, refuseOtherMethods, routedMethods } from "./other-methods.ts";
import { readBearerToken, type TokenVerifier } from "../access/token-verifier.ts";
import { securityHeaders, sendRefusal } from "./web-answer.ts";
import { answerFailures } from "./request-failure.ts";
import { findAnswer, refusal } from "./web-error.ts";
import type { WebLimits } from "./web-limits.ts";
import { noTracing, type Tracing } from "../process/tracing.ts";
import { addSpans } from "./web-spans.ts";
import { limitShares, cutOffStalled, keepTurns } from "./web-connections.ts";
import { cutOffLaggards } from "./web-stop.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Every route says who may call it. */
    access?: Access;
    /** A probe is answered however often it comes: it costs nothing, and a platform restarts what does not answer. */
    isProbe?: true;
    /** A page of the console: who calls is known by a session's cookie, and by no token. */
    signIn?: "session";
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

/** What a web server is built from. */
export interface WebServerSettings {
  readonly log: Log;
  readonly tokens: TokenVerifier;
  readonly metrics: Metrics;
  readonly tracing?: Tracing;
  readonly limits: WebLimits;
  /** Requests a second that one client may make. */
  readonly requestsPerSecond: number;
  /** Who a request comes from whose route goes by sessions; null where no session holds. Without it there are none. */
  readonly identifySession?: (request: FastifyRequest) => Promise<Caller | null>;
  /** What address is answered in place of one that is asked for. */
  readonly replaceAddress?: (address: string) => string;
}

/**
 * A web server with the routes that `addRoutes` adds, and with limits, security headers, bearer tokens and
 * the one error body. It does not start with a route that does not say who may call it.
 */
export async function createWebServer(
  settings: WebServerSettings,
  addRoutes: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> {
  const app = openServer(settings);
  app.decorateRequest("caller", null);
  // Routes parse what comes in themselves; the schemas of requests are for the document.
  app.setValidatorCompiler(() => () => true);
  app.removeContentTypeParser("text/plain");
  readStrictJson(app);
  // First, so that what the others do is a part of it.
  addSpans(app, settings.tracing ?? noTracing);
  const limitRate = await prepareRateLimit(app, settings.requestsPerSecond);
  addAccess(app, settings, limitRate);
  addErrors(app, settings.log);
  addMeasures(app, settings.metrics);
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    routes.push(route);
    if (takesBody(route)) route.handlerTimeout ??= settings.limits.requestMs + settings.limits.answerMs;
  });
  await addRoutes(app);
  requireAccess(routes);
  refuseOtherMethods(app, [...routes]);
  return app;
}

function openServer({ limits, replaceAddress }: WebServerSettings): FastifyInstance {
  const turns = keepTurns(limits.waitingRequests);
  const otherMethods = gatherOtherMethods();
  const app: FastifyInstance = fastify({
    // A start that is slow, on a machine that is short of time, is not a fault: the startup probe says when it has taken too long.
    pluginTimeout: 0,
    rewriteUrl: (request) => {
      const { method = "", url = "/" } = request;
      if (!routedMethods.includes(method)) otherMethods.routeAsOne(request);
      return replaceAddress?.(url) ?? url;
    },
    serverFactory: (handle) => openHttp(turns.inTurn(handle), limits),
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: limits.parameterLength, ignoreTrailingSlash: true },
    handlerTimeout: limits.answerMs,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    frameworkErrors: (error, _request, reply) => {
      void sendRefusal(reply, findAnswer(error) ?? refusal(400));
    },
    clientErrorHandler: answerBrokenRequest(turns),
  });
  otherMethods.restore(app);
  takeOddRequests(app.server);
  cutOffStalled(app, limits);
  cutOffLaggards(app, limits.graceMs);
  return app;
}

function openHttp(handle: RequestListener, limits: WebLimits): Server {
  // To import it would have Node load its `fetch` and web sockets with it, a twelfth of the start, before anything is fetched.
  const { createServer } = process.getBuiltinModule("node:http");
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.requestMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.idleMs,
    // We look ourselves: Node would answer without a body.
    requireHostHeader: false,
  };
  return createServer(options, handle).setTimeout(limits.stallMs);
}

/** Before the body is read: who calls, whether they may, and whether they have asked for too much at once or too often. */
function addAccess(app: FastifyInstance, settings: WebServerSettings, limitRate: LimitRate): void {
  const { limits } = settings;
  const takeShareOfAll = limitShares(limits.requestsInWork);
  const takeShareOfClient = limitShares(limits.requestsOfOneClient);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    requireReadable(request, limits);
    const { access = "open", isProbe = false } = request.routeOptions.config;
    if (isProbe) return;
    if (access === "open") {
      takeShareOfClient(`address ${request.ip}`, reply.raw);
      return limitRate(request);
    }
    takeShareOfAll("all", reply.raw);
    request.caller = await identify(request, settings, () => takeShareOfClient("unknown", reply.raw));
    await limitRate(request);
    if (request.caller === null) throw new HttpError(unidentified);
    const { client } = request.caller;
    takeShareOfClient(`client ${client}`, reply.raw);
    if (!isAllowed(request.caller, access))
      throw new HttpError({ status: 403, message: "You do not have permission to do this" });
    requireUncoded(request);
  });
}

/** Before anything of the request is believed or read on. */
function requireReadable({ raw, originalUrl, is404 }: FastifyRequest, { addressLength }: WebLimits): void {
  if (originalUrl.length > addressLength) throw new HttpError(refusal(414));
  const hosts = raw.headersDistinct["host"]?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && raw.httpVersion === "1.1")) throw new HttpError(refusal(400));
  if (!/^(100-continue)?$/i.test(raw.headers.expect ?? "")) throw new HttpError(refusal(417));
  if (is404) throw new HttpError(refusal(404));
}

/** A body that is compressed, or coded in any other way, is not read (RFC 9110, 8.4 and 15.5.16). */
function requireUncoded({ headers }: FastifyRequest): void {
  const codings = (headers["content-encoding"] ?? "identity").split(",");
  if (codings.every((coding) => coding.trim().toLowerCase() === "identity")) return;
  throw new HttpError({ ...refusal(415, "content-encoding"), headers: { "accept-encoding": "identity" } });
}

const unidentified = {
  status: 401,
  message: "A valid token is needed",
  developerMessage: "Send a bearer token of HMPPS Auth that has not expired",
  headers: { "www-authenticate": "Bearer" },
};

/** Who calls; null where no one can be identified. Only a token that was not verified before may have to wait, and takes a place meanwhile. */
async function identify(
  request: FastifyRequest,
  { tokens, identifySession }: WebServerSettings,
  takePlace: () => () => void,
): Promise<Caller | null> {
  if (request.routeOptions.config.signIn === "session") return (await identifySession?.(request)) ?? null;
  const token = readBearerToken(request.raw.headersDistinct["authorization"] ?? []);
  if (token === null) return null;
  const known = tokens.recall(token);
  if (known !== null) return known;
  const leave = takePlace();
  try {
    return await tokens.verify(token);
  } finally {
    leave();
  }
}

/** Raises a 503 for a request that its caller, or its address where the caller is not known, makes too soon. */
type LimitRate = (request: FastifyRequest) => Promise<void>;

async function prepareRateLimit(app: FastifyInstance, max: number): Promise<LimitRate> {
  await app.register(rateLimit, { global: false });
  const keyGenerator = ({ caller, ip }: FastifyRequest) =>
    caller === null ? `address ${ip}` : `client ${caller.client}`;
  const count = app.createRateLimit({ max, timeWindow: 1_000, keyGenerator });
  return async (request) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw overloaded("Too many requests at once");
  };
}

function addMeasures(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onResponse", (request, reply, done) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? "none";
    metrics.observe("requests", { method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}

function addErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler({ preHandler: [] }, (_request, reply) => sendRefusal(reply, refusal(404)));
  const answerFailure = answerFailures(log, () => performance.now());
  app.setErrorHandler((error, request, reply) => sendRefusal(reply, answerFailure(request, error)));
}

/** The time to answer counts from the first byte, so it must not end before the time to send the body does. */
function takesBody({ method }: RouteOptions): boolean {
  return [method].flat().some((name) => name !== "GET" && name !== "HEAD");
}

/** No route is open by mistake. */
function requireAccess(routes: readonly RouteOptions[]): void {
  const undecided = routes.filter(({ config }) => config?.access === undefined);
  if (undecided.length === 0) return;
  throw new Error(`Routes do not say who may call them: ${undecided.map(({ url }) => url).join(", ")}`);
}
