import type { FastifyInstance } from "fastify";
import { caseDetailRoles } from "../src/platform/access/access.ts";
import { createMetrics } from "../src/platform/process/metrics.ts";
import { webLimits } from "../src/platform/web/web-limits.ts";
import { createWebServer } from "../src/platform/web/web-server.ts";
import { addApi, type ApiSettings } from "../src/app/api.ts";

/** The OpenAPI document as the service serves it where the roles are the standard ones. */
export async function writeOpenApiDocument(): Promise<string> {
  const { web } = await buildSilentApi();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => web.close());
  await web.ready();
  return web.swagger({ yaml: true });
}

/** The API with nothing behind it, and the routes that it has: `GET /path/:parameter`. */
export async function buildSilentApi(): Promise<{ readonly web: FastifyInstance; readonly routes: readonly string[] }> {
  const server = {
    log,
    tokens: { recall: ask, verify: ask },
    metrics: createMetrics(),
    limits: webLimits,
    requestsPerSecond: 1,
  };
  const added: string[] = [];
  let routes: readonly string[] = [];
  const web = await createWebServer(server, async (app) => {
    app.addHook("onRoute", ({ method, url }) => {
      added.push(...[method].flat().map((one) => `${one} ${url}`));
    });
    await addApi(app, silence);
    // The web server adds its own refusals after these.
    routes = [...added];
  });
  return { web, routes };
}

const log = { info: ask, warn: ask, error: ask };
const database = { list: ask, transaction: ask, [Symbol.asyncDispose]: ask };
const queueAdmin = {
  findQueues: ask,
  count: ask,
  send: ask,
  redrive: ask,
  peek: ask,
  purge: ask,
  [Symbol.dispose]: ask,
};

const silence: ApiSettings = {
  log,
  database,
  reads: database,
  queueAdmin,
  preview: ask,
  username: "nobody",
  askPresent: ask,
  stopping: AbortSignal.abort(),
  readCases: ask,
  readRegistrations: ask,
  emails: { find: ask },
  roles: caseDetailRoles,
  reportUnknownRosh: ask,
  reportUnreadableCase: ask,
  checkHealth: ask,
  isReady: ask,
  isAlive: ask,
  describeService: ask,
  readMetrics: ask,
  eventDocument: "",
};

function ask(): never {
  throw new Error("A document asks no one.");
}
