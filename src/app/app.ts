import { readFile } from "node:fs/promises";
import { addApi } from "./api.ts";
import type { ConsolePagesSettings } from "./console-pages.ts";
import { LateError, answerWithin, coalesce } from "../platform/process/work-limits.ts";
import { machineClocks, type Clocks } from "../platform/time/clocks.ts";
import type { Database } from "../platform/database/database.ts";
import { openDatabase } from "../platform/database/pool.ts";
import { retry } from "../platform/process/retry-transient.ts";
import { describeDatabaseFailure } from "../platform/database/database-failure.ts";
import { DependencyError } from "../platform/process/dependency-error.ts";
import { createHealthChecks } from "../platform/health/health-checks.ts";
import { unavailable } from "../platform/web/http-error.ts";
import { createLog, type Log } from "../platform/process/log.ts";
import { createMetrics } from "../platform/process/metrics.ts";
import { openProbe } from "../platform/process/probe.ts";
import { openQueueAdmin } from "../platform/queue/queue-admin.ts";
import { openQueue } from "../platform/queue/queue.ts";
import { withRetries } from "../platform/database/retrying-database.ts";
import { rememberKeys } from "../platform/access/signing-keys.ts";
import { openStaffDirectory, type StaffDirectory } from "../delius/staff/staff-directory.ts";
import { createStaffEmails } from "../delius/staff/staff-email-cache.ts";
import { createTokenVerifier } from "../platform/access/token-verifier.ts";
import { webLimits } from "../platform/web/web-limits.ts";
import { createWebServer } from "../platform/web/web-server.ts";
import { listStoredCases } from "../api/case-record/case-record-store.ts";
import { requireDelius } from "./command-parts.ts";
import { ConfigError, type Config } from "./config.ts";
import { startConsumer } from "./consumer.ts";
import { createTokenSource } from "../sync/manage-pom-cases/mpc-api.ts";
import { checksOf, describeService } from "./checks.ts";
import { watchPools } from "./gauges.ts";
import { jobConnections, startJobs } from "./jobs.ts";
import { startTelemetry } from "./telemetry.ts";
import { observeCalls } from "../platform/process/service-call.ts";
import type { Parts, Previews, State } from "./parts.ts";
import { openPreviews, previewConnections } from "./previews.ts";
import type { Crn, Identifier } from "../delius/person/person.ts";
import { listRegistrations } from "../delius/person/registration-store.ts";
import { saveStaffEmails } from "../delius/staff/staff-email-store.ts";

/** The running service. */
export interface App extends AsyncDisposable {
  /**
   * Opens the API, waits for the database, checks it and begins to receive. Raises `ConfigError` when the database is
   * not fit. Answers the address of the API.
   */
  start(): Promise<{ readonly address: string }>;
}

/** Parts that a caller may put in the place of the real ones. */
export interface Overrides {
  readonly log?: Log;
  readonly clocks?: Clocks;
  readonly random?: () => number;
  /** Milliseconds until expired rows are removed for the first time. */
  readonly firstRetentionMs?: number;
}

// Few connections are faster: a read that waits for one shares it with all others that wait.
const reading = { connections: 2, most: 500, patience: { connect: 800, answer: 1_000 }, isReadOnly: true };

/** The most connections to the database that one instance opens: the pipeline's, the reads', the previews' and the jobs'. */
export const countConnections = ({ database }: { readonly database: Pick<Config["database"], "poolSize"> }): number =>
  database.poolSize + reading.connections + previewConnections + jobConnections;

const closeWithinMs = 22_000;

/**
 * The composition root: the one place where everything is built and joined. Dispose stops receiving, lets work in hand
 * finish and closes everything in the reverse of the order it was opened in.
 */
export function createApp(config: Config, overrides: Overrides = {}): App {
  const stopping = new AbortController();
  const readiness = { isStarted: false };
  const state: State = {
    isReady: () => readiness.isStarted && !stopping.signal.aborted,
    previews: null,
    oldestMessageAge: () => 0,
    reportIntake: () => undefined,
    consumer: null,
  };
  const parts = { ...openParts(config, overrides, stopping.signal), state };
  return {
    start: async () => {
      const tracing = await startTelemetry(config.telemetry, parts);
      const address = await start({ ...parts, tracing });
      readiness.isStarted = true;
      return { address };
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await close(parts.resources, { log: parts.log, inHand: () => state.consumer?.intake.inHand() ?? 0 });
    },
  };
}

function openParts(config: Config, overrides: Overrides, stopping: AbortSignal): Omit<Parts, "state" | "tracing"> {
  const { log = createLog(config.logLevel), clocks = machineClocks, random = Math.random } = overrides;
  const { firstRetentionMs = 60_000 * (1 + random()) } = overrides;
  const resources = new AsyncDisposableStack();
  const metrics = createMetrics();
  const watchPool = watchPools(metrics);
  const database = resources.use(openDatabase(config.database));
  watchPool("writes", database);
  return {
    config,
    database,
    retrying: withRetries(database, { signal: stopping, random }),
    queue: resources.use(openQueue(config.queue)),
    queueAdmin: resources.use(openQueueAdmin(config.queue)),
    probe: resources.use(openProbe()),
    stopping,
    log,
    ...clocks,
    random,
    resources,
    metrics,
    watchPool,
    firstRetentionMs,
  };
}

async function start(parts: Parts): Promise<string> {
  const { config, log, uptime, state, metrics, tracing, stopping: signal } = parts;
  const address = await startApi(parts);
  log.info({ address }, "API started");
  const delius = await waitForDatabase(() => requireDelius(parts), { log, signal });
  const observeCall = observeCalls(tracing, metrics, uptime);
  const tokens = createTokenSource(config.auth, uptime, observeCall);
  const previews = openPreviews({ ...parts, tokens, observeCall, onCall: () => undefined }, delius);
  state.previews = previews;
  // What is opened first is closed last: receiving ends before the jobs.
  startJobs(parts, previews);
  if (config.consumer.enabled) startConsumer({ ...parts, tokens, observeCall }, delius);
  return address;
}

/** Messages are given back first. What does not close after that is left behind: its other side is silent. */
async function close(
  resources: AsyncDisposableStack,
  { log, inHand }: { readonly log: Log; readonly inHand: () => number },
): Promise<void> {
  const closed = resources.disposeAsync();
  try {
    await answerWithin(closeWithinMs, closed);
  } catch (error) {
    if (!(error instanceof LateError)) throw error;
    log.warn({ inHand: inHand() }, "resources did not close in time");
    if (inHand() > 0) await closed;
  }
}

async function startApi(parts: Parts): Promise<string> {
  const { config, resources, log, metrics, tracing } = parts;
  const { host, port, api } = config;
  const tokens = createCallerTokens(parts);
  // What is not configured is not loaded: its pages, templates and charts are more than a hundred files.
  const webConsole =
    config.console === null ? null : (await import("./console.ts")).createConsole(config.console, parts, tokens);
  const { requestsPerSecond } = api;
  const server = { log, tokens, metrics, tracing, limits: webLimits, requestsPerSecond, ...webConsole };
  const settings = await describeApi(parts);
  const web = await createWebServer(server, async (routes) => {
    await addApi(routes, settings);
    await webConsole?.addRoutes(routes, settings);
  });
  resources.defer(() => web.close());
  return web.listen({ port, host });
}

function createCallerTokens({ config, clock, uptime, metrics, tracing }: Parts) {
  const { jwksUrl, ...rules } = config.api.tokens;
  const keys = rememberKeys(jwksUrl, uptime, observeCalls(tracing, metrics, uptime));
  return createTokenVerifier({ rules, keys, clock, uptime, maxRemembered: 10_000 });
}

async function describeApi(parts: Parts): Promise<ConsolePagesSettings> {
  const { config, log, clock, uptime, resources, metrics, retrying } = parts;
  const reads = openReads(parts);
  const directory = resources.use(openStaffDirectory(config.directory));
  const sharing = { most: reading.most, parallel: reading.connections };
  const checks = { ...checksOf(parts, reads), staffDirectory: () => directory.check() };
  return {
    readCases: coalesce((identifiers: readonly Identifier[]) => listStoredCases(reads, identifiers, clock()), sharing),
    readRegistrations: coalesce((crns: readonly Crn[]) => listRegistrations(reads, crns), sharing),
    emails: rememberEmails(parts, directory),
    roles: config.api.roles,
    reportUnknownRosh: (type) => log.warn({ registerType: type }, "risk registration of unknown type"),
    reportUnreadableCase: (reason) => log.warn({ reason }, "case cannot be read"),
    checkHealth: createHealthChecks(checks, { clock, uptime }),
    isReady: parts.state.isReady,
    isAlive: () => parts.state.consumer?.intake.isMoving() ?? true,
    describeService: describeService(parts),
    readMetrics: () => metrics.read(),
    eventDocument: await readFile(new URL("../../docs/asyncapi.yaml", import.meta.url), "utf8"),
    ...parts,
    database: retrying,
    reads,
    username: config.database.username,
    oldestMessageAge: () => parts.state.oldestMessageAge(),
    preview: (stored, cut) => requirePreviews(parts.state).preview(stored, cut),
    askPresent: (nomsNumber, cut) => requirePreviews(parts.state).askPresent(nomsNumber, cut),
  };
}

function openReads({ config, stopping: signal, random, resources, watchPool }: Parts): Database {
  const { connections: poolSize, patience, isReadOnly } = reading;
  const pool = resources.use(openDatabase({ ...config.database, poolSize, patience, isReadOnly }));
  watchPool("reads", pool);
  return withRetries(pool, { signal, random });
}

function rememberEmails({ config, retrying, clock, uptime, log, resources }: Parts, directory: StaffDirectory) {
  return resources.use(
    createStaffEmails({
      directory,
      save: (learnt) => saveStaffEmails(retrying, learnt),
      cacheMilliseconds: config.directory.cacheSeconds * 1000,
      clock,
      uptime,
      log,
    }),
  );
}

/** Previews need to know Delius. */
function requirePreviews({ previews }: State): Previews {
  if (previews === null) throw unavailable("The service is starting");
  return previews;
}

/** The service starts while the database is down, and waits for it. */
function waitForDatabase<Value>(
  attempt: () => Promise<Value>,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<Value> {
  const pauseAfter = (error: unknown, tries: number) => {
    if (!(error instanceof DependencyError)) return null;
    const { text, isRefusal } = describeDatabaseFailure(error);
    if (isRefusal) throw new ConfigError([text]);
    log.warn({ dependency: error.dependency, errorClass: error.errorClass }, "waiting for the database");
    return Math.min(250 * 2 ** (tries - 1), 10_000);
  };
  return retry(attempt, pauseAfter, signal);
}
