import { startLdapServer, userBase, type DirectoryUser, type LdapServer } from "../../sandbox/ldap-server.ts";
import { createApp, type Overrides } from "../../src/app/app.ts";
import { readConfig } from "../../src/app/config.ts";
import { expectNothingPersonal } from "./personal-data.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";
import { startIssuer, type Issuer } from "./issuer.ts";
import { startProxy, type Proxy } from "./proxy.ts";
import { overhearDirectory, overhearStatements, type Traffic } from "./traffic.ts";

/** An answer of the API. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

/** The API on a database, a directory and an issuer of its own; nothing is consumed. */
export interface TestApi extends AsyncDisposable {
  readonly address: string;
  /** The variables that the service is started with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly database: TestDatabase;
  readonly issuer: Issuer;
  /** The log. */
  readonly lines: readonly string[];
  /** Between the service and its database. */
  readonly databaseProxy: Proxy;
  /** The statements that the service ran, by name. */
  readonly statements: Traffic;
  /** Between the service and its directory. */
  readonly directoryProxy: Proxy;
  /** What the directory was asked for. */
  readonly operations: Traffic;
  /** Asks with a good token, unless `init` brings headers of its own. */
  get(path: string, init?: RequestInit): Promise<ApiResponse>;
  /** Asks for a batch with a good token; text is sent as it is, anything else as JSON. */
  post(path: string, body: unknown): Promise<ApiResponse>;
  stopDirectory(): Promise<void>;
  /** Starts the directory anew, with other users where they are given. */
  startDirectory(users?: readonly DirectoryUser[]): Promise<void>;
  /** Starts the service anew on the same parts; its memory is lost. */
  restart(): Promise<void>;
}

/** How a suite wants its API. */
export interface TestApiSettings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly prepare?: (database: TestDatabase) => Promise<unknown>;
  readonly clock?: () => number;
  /** Users of the directory; the sandbox's by default. */
  readonly users?: readonly DirectoryUser[];
}

const directoryUser = { bindDn: "cn=admin,dc=moj,dc=com", password: "directory-password" };
const nobody = "http://127.0.0.1:9";

/** Starts the API and what it needs. Dispose stops everything, and fails when a line of the log identifies a person. */
export async function startApi({ environment = {}, prepare, clock, users }: TestApiSettings = {}): Promise<TestApi> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createTestDatabase());
  await prepare?.(database);
  const issuer = starting.use(await startIssuer());
  const directory = starting.use(await startDirectory(users));
  const statements = overhearStatements();
  const operations = overhearDirectory();
  const databaseProxy = starting.use(await startProxy(database.url, statements.listener));
  const directoryProxy = starting.use(await startProxy(directory.url, operations.listener));
  const settings = { ...describeEnvironment(databaseProxy.url, directoryProxy.url, issuer), ...environment };
  const lines: string[] = [];
  starting.defer(() => expectNothingPersonal(lines, { database }));
  const service = starting.use(await startService(settings, lines, clock));
  const authorise = async () => {
    const now = Math.floor((clock?.() ?? Date.now()) / 1000);
    return { authorization: `Bearer ${await issuer.sign({ iat: now, exp: now + 600 })}` };
  };
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = init.headers ?? (await authorise());
    const response = await fetch(service.address() + path, { redirect: "manual", ...init, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseJson(text) };
  };
  const resources = starting.move();
  return {
    get address() {
      return service.address();
    },
    environment: settings,
    database,
    issuer,
    lines,
    databaseProxy,
    statements,
    directoryProxy,
    operations,
    get: ask,
    post: async (path, body) => {
      const headers = { ...(await authorise()), "content-type": "application/json" };
      return ask(path, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
    },
    stopDirectory: () => directory.stop(),
    startDirectory: (others) => directory.start(others),
    restart: () => service.restart(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function describeEnvironment(databaseUrl: string, directoryUrl: string, issuer: Issuer) {
  return {
    PORT: "0",
    DATABASE_URL: databaseUrl,
    SQS_QUEUE_URL: `${nobody}/000000000000/queue`,
    MPC_API_URL: nobody,
    AUTH_ISSUER: issuer.issuer,
    AUTH_JWKS_URL: issuer.jwksUrl,
    AUTH_TOKEN_URL: `${nobody}/token`,
    AUTH_CLIENT_ID: "client",
    AUTH_CLIENT_SECRET: "client-secret",
    LDAP_URL: directoryUrl,
    LDAP_BIND_DN: directoryUser.bindDn,
    LDAP_PASSWORD: directoryUser.password,
    LDAP_USER_BASE: userBase,
    CONSUMER_ENABLED: "false",
  };
}

async function startService(settings: Readonly<Record<string, string>>, lines: string[], clock?: () => number) {
  const write = (fields: object, message: string) => {
    // This API has no queue, and what its jobs say of that and of what was ordered is not what a request causes.
    if (!/^(the backlog could not be counted|a case differs|reconciliation .*)$/.test(message))
      lines.push(JSON.stringify({ ...fields, message }));
  };
  const log = { info: write, warn: write, error: write };
  const overrides: Overrides = { log, ...(clock === undefined ? {} : { clocks: { clock, uptime: clock } }) };
  const start = async () => {
    const app = createApp(readConfig(settings), overrides);
    const { address } = await app.start();
    // What each start says is not what a request causes.
    lines.splice(0, Infinity, ...lines.filter((line) => !line.endsWith('"message":"API started"}')));
    return { app, address: address.replace("[::1]", "127.0.0.1").replace("[::]", "127.0.0.1") };
  };
  let running = await start();
  return {
    address: () => running.address,
    restart: async () => {
      await running.app[Symbol.asyncDispose]();
      running = await start();
    },
    [Symbol.asyncDispose]: () => running.app[Symbol.asyncDispose](),
  };
}

async function startDirectory(users?: readonly DirectoryUser[]) {
  const settle = (chosen = users) => (chosen === undefined ? directoryUser : { ...directoryUser, users: chosen });
  let server: LdapServer | null = await startLdapServer(settle());
  const { url } = server;
  const port = Number(new URL(url).port);
  const stop = async () => {
    await server?.[Symbol.asyncDispose]();
    server = null;
  };
  return {
    url,
    stop,
    start: async (others?: readonly DirectoryUser[]) => {
      server = await startLdapServer({ ...settle(others), port });
    },
    [Symbol.asyncDispose]: stop,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
