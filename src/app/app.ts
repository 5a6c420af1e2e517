import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import packageFile from "../../package.json" with { type: "json" };
import { addApi } from "./api.ts";
import { createConsole } from "./console.ts";
import { coalesce } from "../platform/process/coalescing.ts";
import { machineClocks, type Clocks } from "../platform/time/clocks.ts";
import { openDatabase, type Database } from "../platform/database/database.ts";
import { describeDatabaseFailure } from "../platform/database/database-failure.ts";
import { answerWithin, LateError } from "../platform/process/deadline.ts";
import { inspectDelius, type Delius } from "../delius/schema/delius-inspection.ts";
import { DependencyError } from "../platform/process/dependency-error.ts";
import { ComponentError, createHealthChecks, type Check } from "../platform/health/health-checks.ts";
import { unavailable } from "../platform/web/http-error.ts";
import { createLog, type Log } from "../platform/process/log.ts";
import { createMetrics } from "../platform/process/metrics.ts";
import { openProbe } from "../platform/process/probe.ts";
import { openQueueAdmin } from "../platform/queue/queue-admin.ts";
import { openQueue } from "../platform/queue/queue.ts";
import { withRetries } from "../platform/database/retrying-database.ts";
import { checkSigningKeys, rememberKeys } from "../platform/access/signing-keys.ts";
import { openStaffDirectory, type StaffDirectory } from "../delius/staff/staff-directory.ts";
import { createStaffEmails } from "../delius/staff/staff-email-cache.ts";
import { createTokenVerifier } from "../platform/access/token-verifier.ts";
import { webLimits } from "../platform/web/web-limits.ts";
import { createWebServer } from "../platform/web/web-server.ts";
import { listStoredCases } from "../api/case-record/case-record-store.ts";
import { ConfigError, type Config } from "./config.ts";
import { startConsumer } from "./consumer.ts";
import { pingDatabase } from "../platform/health/health-store.ts";
import type { AskPresent } from "../operations/explanation/explanation-handler.ts";
import type { Parts, State } from "./parts.ts";
import type { Crn, Identifier } from "../delius/person/person.ts";
import type { Preview } from "../operations/quarantine/quarantine-handler.ts";
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
}

// Few connections are faster: a read that waits for one shares it with all others that wait.
const reading = { connections: 2, most: 500, patience: { connect: 800, answer: 1_000 }, isReadOnly: true };

const closeWithinMs = 22_000;

/**
 * The composition root: the one place where everything is built and joined. Dispose stops receiving, lets work in hand
 * finish and closes everything in the reverse of the order it was opened in (spec 5.4).
 */
export function createApp(config: Config, overrides: Overrides = {}): App {
  const { log = createLog(config.logLevel), clocks = machineClocks, random = Math.random } = overrides;
  const resources = new AsyncDisposableStack();
  const stopping = new AbortController();
  const database = resources.use(openDatabase(config.database));
  const queue = resources.use(openQueue(config.queue));
  const { signal } = stopping;
  let isStarted = false;
  const state: State = { isReady: () => isStarted && !signal.aborted, consumer: null };
  const parts = {
    config,
    database,
    retrying: withRetries(database, { signal, random }),
    queue,
    queueAdmin: resources.use(openQueueAdmin(config.queue)),
    probe: resources.use(openProbe()),
    stopping: signal,
    log,
    ...clocks,
    random,
    resources,
    state,
    metrics: createMetrics(),
  };
  return {
    start: async () => {
      const address = await startApi(parts);
      log.info({ address }, "API started");
      const delius = await waitForDatabase(() => requireDelius(parts), { log, signal });
      if (config.consumer.enabled) startConsumer(parts, delius);
      isStarted = true;
      return { address };
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await close(resources, { log, inHand: () => state.consumer?.intake.inHand() ?? 0 });
    },
  };
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
  const { config, log, clock, uptime, random, resources, metrics, stopping: signal, retrying } = parts;
  const { host, port, api } = config;
  const { connections: poolSize, patience, isReadOnly } = reading;
  const pool = resources.use(openDatabase({ ...config.database, poolSize, patience, isReadOnly }));
  const reads = withRetries(pool, { signal, random });
  const directory = resources.use(openStaffDirectory(config.directory));
  const { jwksUrl, ...rules } = api.tokens;
  const keys = rememberKeys(jwksUrl, uptime);
  const tokens = createTokenVerifier({ rules, keys, clock, uptime, maxRemembered: 10_000 });
  const sharing = { most: reading.most, parallel: poolSize };
  const checks = { ...checksOf(parts, reads), staffDirectory: () => directory.check() };
  const webConsole = createConsole(parts, tokens);
  const server = { log, tokens, metrics, limits: webLimits, requestsPerSecond: api.requestsPerSecond, ...webConsole };
  const settings = {
    readCases: coalesce((identifiers: readonly Identifier[]) => listStoredCases(reads, identifiers, clock()), sharing),
    readRegistrations: coalesce((crns: readonly Crn[]) => listRegistrations(reads, crns), sharing),
    emails: rememberEmails(parts, directory),
    roles: api.roles,
    reportUnknownRosh: (type: string) => log.warn({ registerType: type }, "risk registration of unknown type"),
    checkHealth: createHealthChecks(checks, uptime),
    isReady: parts.state.isReady,
    isAlive: () => parts.state.consumer?.intake.isMoving() ?? true,
    describeService: describeService(parts),
    readMetrics: () => metrics.read(),
    eventDocument: await readFile(new URL("../../docs/asyncapi.yaml", import.meta.url), "utf8"),
    ...parts,
    database: retrying,
    reads,
    preview: previewOf(parts.state),
    askPresent: askPresentOf(parts.state),
  };
  const web = await createWebServer(server, async (routes) => {
    await addApi(routes, settings);
    await webConsole?.addRoutes(routes, settings);
  });
  resources.defer(() => web.close());
  return web.listen({ port, host });
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

/** A preview needs what the consumer is built from: there is none where nothing is received. */
function previewOf(state: State): Preview {
  return (stored, signal) => {
    if (state.consumer === null) throw unavailable("This instance does not receive messages");
    return state.consumer.preview(stored, signal);
  };
}

/** The same for what would happen to a case. */
function askPresentOf(state: State): AskPresent {
  return (nomsNumber, signal) => {
    if (state.consumer === null) throw unavailable("This instance does not receive messages");
    return state.consumer.askPresent(nomsNumber, signal);
  };
}

function checksOf({ config, queue, state, probe }: Parts, reads: Database): Readonly<Record<string, Check>> {
  return {
    database: () => pingDatabase(reads),
    queue: async () => ({ ...(await queue.count()) }),
    // It wants a token here too: a refusal shows that it is there.
    mpc: () => probe.ask("mpc", `${config.mpc.origins[0]}/api`, [200, 401]),
    hmppsAuth: () => checkSigningKeys(config.api.tokens.jwksUrl),
    consumer: async () => describeConsumer(config, state),
  };
}

/** Trouble with some people leaves the consumer up; that nothing can be consumed for long does not. */
function describeConsumer({ consumer: settings }: Config, { consumer }: State) {
  if (!settings.enabled) return { state: "disabled" };
  if (consumer === null) return { state: "starting" };
  const { gate, intake } = consumer;
  const shown = { ...gate.describe(), inHand: intake.inHand() };
  if (shown.state === "paused") return shown;
  const reason = intake.standstill();
  if (reason !== null) throw new ComponentError({ ...shown, reason });
  const failingFor = intake.failingFor();
  const isTrouble = shown.state === "running" && Object.keys(failingFor).length > 0;
  return isTrouble ? { ...shown, failingFor } : shown;
}

function describeService({ config: { build, consumer, rules }, clock, uptime }: Parts) {
  const [since, startedAt] = [new Date(clock()), uptime()];
  return () => ({
    git: build.commit === undefined ? {} : { commit: build.commit },
    build: { name: packageFile.name, version: build.version ?? packageFile.version },
    productId: "HMPPS518",
    uptime: { seconds: Math.floor((uptime() - startedAt) / 1000), since: since.toISOString() },
    features: { consumer: consumer.enabled, handoverNullDates: rules.nullDates },
  });
}

/** Reads what the service needs to know of Delius; raises all that is wrong with it at once (spec 2). */
async function requireDelius({ database, config, log }: Parts): Promise<Delius> {
  const inspection = await inspectDelius(database, { ...config.database, log });
  if ("faults" in inspection) throw new ConfigError(inspection.faults);
  return inspection;
}

/** The service starts while the database is down, and waits for it (spec 5.2). */
async function waitForDatabase<Value>(
  attempt: () => Promise<Value>,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<Value> {
  for (let pause = 250; ; pause = Math.min(pause * 2, 10_000)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      const { text, isRefusal } = describeDatabaseFailure(error);
      if (isRefusal) throw new ConfigError([text]);
      log.warn({ dependency: error.dependency, errorClass: error.errorClass }, "waiting for the database");
      await wait(pause, undefined, { signal });
    }
  }
}
