import { machineClocks } from "../../src/platform/time/clocks.ts";
import { addApiDocument } from "../../src/platform/web/api-document.ts";
import type { Database } from "../../src/platform/database/database.ts";
import { openDatabase } from "../../src/platform/database/pool.ts";
import type { Log } from "../../src/platform/process/log.ts";
import { createMetrics } from "../../src/platform/process/metrics.ts";
import type { QueueAdmin } from "../../src/platform/queue/queue-admin.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { rememberKeys } from "../../src/platform/access/signing-keys.ts";
import { createTokenVerifier } from "../../src/platform/access/token-verifier.ts";
import { webLimits } from "../../src/platform/web/web-limits.ts";
import { createWebServer } from "../../src/platform/web/web-server.ts";
import { addOperationRoutes } from "../../src/app/operation-routes.ts";
import type { Preview } from "../../src/operations/quarantine/quarantine-handler.ts";
import { startIssuer } from "../support/issuer.ts";
import { expectNothingPersonal } from "../support/personal-data.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** The roles as HMPPS Auth writes them. */
export const roles = {
  view: "ROLE_MPC_DELIUS_VIEW",
  operate: "ROLE_MPC_DELIUS_OPERATE",
  queueAdmin: "ROLE_QUEUE_ADMIN",
} as const;

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

/** How a request differs from a good one. */
export interface Asked {
  readonly body?: unknown;
  /** The roles of the token; null sends none. */
  readonly roles?: readonly string[] | null;
  /** The person behind the token. */
  readonly user?: string;
}

/** The routes of operators on a database of their own. */
export interface Operations extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly store: Database;
  readonly log: Log;
  readonly lines: readonly string[];
  /** `ask("GET /operations/messages")`, by default with every role. */
  ask(request: string, asked?: Asked): Promise<Answer>;
  /** The same for a path that is read, with everything that the answer brings. */
  raw(path: string): Promise<Response>;
}

/** What a suite puts in the place of what its routes would ask. */
export interface OperationsSettings {
  readonly preview?: Preview;
  readonly queueAdmin?: QueueAdmin;
  readonly stopping?: AbortSignal;
}

/** Starts the routes. Dispose stops everything, and fails when a line of the log identifies a person. */
export async function startOperations(settings: OperationsSettings = {}): Promise<Operations> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createTestDatabase());
  const issuer = starting.use(await startIssuer());
  const store = starting.use(openDatabase({ url: secret(database.url), poolSize: 4, schema: "public" }));
  const { log, lines } = captureLines();
  starting.defer(() => expectNothingPersonal(lines, { database }));
  const keys = rememberKeys(issuer.jwksUrl, machineClocks.uptime);
  const tokens = createTokenVerifier({
    rules: { issuer: issuer.issuer, audience: undefined },
    keys,
    ...machineClocks,
    maxRemembered: 100,
  });
  const web = await createWebServer(
    { log, tokens, metrics: createMetrics(), limits: webLimits, requestsPerSecond: 10_000 },
    async (app) => {
      await addApiDocument(app);
      const { preview = refuse, queueAdmin = nobody, stopping = new AbortController().signal } = settings;
      addOperationRoutes(app, { reads: store, database: store, preview, queueAdmin, log, stopping });
    },
  );
  starting.defer(() => web.close());
  const address = await web.listen({ port: 0, host: "127.0.0.1" });
  const resources = starting.move();
  return {
    database,
    store,
    log,
    lines,
    ask: async (request, { body, roles: held = Object.values(roles), user = "A_PERSON" } = {}) => {
      const [method = "", path = ""] = request.split(" ");
      const token = held === null ? null : await issuer.sign({ authorities: held, user_name: user });
      const response = await fetch(address + path, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, text, body: parseJson(text) };
    },
    raw: async (path) => {
      const token = await issuer.sign({ authorities: Object.values(roles) });
      return fetch(address + path, { headers: { authorization: `Bearer ${token}` } });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A log that keeps its lines. */
export function captureLines(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const write = (fields: object, message: string) => lines.push(JSON.stringify({ message, ...fields }));
  return { log: { info: write, warn: write, error: write }, lines };
}

function refuse(): never {
  throw new Error("Nobody is to be asked in this test.");
}

const nobody: QueueAdmin = {
  findQueues: refuse,
  count: refuse,
  send: refuse,
  redrive: refuse,
  peek: refuse,
  purge: refuse,
  [Symbol.dispose]: () => undefined,
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
