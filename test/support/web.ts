import type { FastifyInstance } from "fastify";
import type { Caller } from "../../src/platform/access/access.ts";
import { createMetrics } from "../../src/platform/process/metrics.ts";
import { webLimits, type WebLimits } from "../../src/platform/web/web-limits.ts";
import { createWebServer } from "../../src/platform/web/web-server.ts";

/** A web server with routes of the test's own. A token is its client's name; it holds the authority `ROLE_TEST`. */
export interface TestWeb extends AsyncDisposable {
  readonly address: string;
  readonly lines: readonly string[];
  get(path: string, client?: string): Promise<Response>;
}

/** How a suite wants its web server. */
export interface TestWebSettings {
  readonly limits?: Partial<WebLimits>;
  readonly requestsPerSecond?: number;
  /** Who a token is; null for nobody. By default a client of its name, who holds `ROLE_TEST`. */
  readonly verify?: (token: string) => Promise<Caller | null>;
  /** Who a token is that was verified before; of none by default. */
  readonly recall?: (token: string) => Caller | null;
  readonly addRoutes: (app: FastifyInstance) => Promise<void> | void;
}

/** Starts a web server on any free port. Dispose stops it. */
export async function startWeb(settings: TestWebSettings): Promise<TestWeb> {
  const { limits, requestsPerSecond = 1_000, verify = verifyAll, recall = () => null, addRoutes } = settings;
  const lines: string[] = [];
  const write = (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message }));
  const web = await createWebServer(
    {
      log: { info: write, warn: write, error: write },
      tokens: { recall, verify },
      metrics: createMetrics(),
      limits: { ...webLimits, ...limits },
      requestsPerSecond,
    },
    async (app) => addRoutes(app),
  );
  const address = await web.listen({ port: 0, host: "127.0.0.1" });
  return {
    address,
    lines,
    get: (path, client = "mpc") => fetch(address + path, { headers: { authorization: `Bearer ${client}` } }),
    [Symbol.asyncDispose]: () => web.close(),
  };
}

function verifyAll(client: string): Promise<Caller> {
  return Promise.resolve({ client, actor: client, authorities: new Set(["ROLE_TEST"]) });
}
