import { setTimeout as wait } from "node:timers/promises";
import packageFile from "../package.json" with { type: "json" };
import { addApi } from "./api.ts";
import { coalesce } from "./adapters/coalescing.ts";
import { openDatabase, type Database } from "./adapters/database.ts";
import { createDeletions } from "./adapters/deletions.ts";
import { inspectDelius, type Delius } from "./adapters/delius.ts";
import { DependencyError } from "./adapters/dependency-error.ts";
import { createHealthChecks, type Check } from "./adapters/health-checks.ts";
import { createTokenSource } from "./adapters/hmpps-auth.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { createMetrics, type Metrics } from "./adapters/metrics.ts";
import { createMpcApi } from "./adapters/mpc-api.ts";
import { openProbe } from "./adapters/probe.ts";
import { openQueue, type Queue } from "./adapters/queue.ts";
import { rememberKeys } from "./adapters/signing-keys.ts";
import { openStaffDirectory } from "./adapters/staff-directory.ts";
import { createStaffEmails } from "./adapters/staff-emails.ts";
import { createTokenVerifier } from "./adapters/token-verifier.ts";
import { webLimits } from "./adapters/web-limits.ts";
import { createWebServer } from "./adapters/web-server.ts";
import { createAllocationHandler } from "./allocation/allocation-handler.ts";
import { listStoredCases } from "./case-record/case-record-store.ts";
import { ConfigError, type Config } from "./config.ts";
import { createHandoverHandler } from "./handover/handover-handler.ts";
import { pingDatabase } from "./health/health-store.ts";
import { failMessage } from "./inbox/failure-handler.ts";
import { createGathering } from "./inbox/gathering-handler.ts";
import { handleMessage } from "./inbox/inbox-handler.ts";
import { createIntake, type Intake } from "./inbox/intake-handler.ts";
import { isComplete, readReferenceData, type ReferenceData } from "./inbox/reference-data.ts";
import { listReferenceEntries } from "./inbox/reference-store.ts";
import { createSettlement } from "./inbox/settlement-handler.ts";
import type { Crn, Identifier } from "./person/person.ts";
import { listRegistrations } from "./person/registration-store.ts";
import { saveStaffEmails } from "./staff/staff-email-store.ts";

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
  readonly clock?: () => number;
  readonly random?: () => number;
}

const gathering = { writers: 2, largestSet: 16 };
// Few connections are faster: a read that waits for one shares it with all others that wait.
const reading = { connections: 2, most: 500, patience: { connect: 800, answer: 1_000 } };

/**
 * The composition root: the one place where everything is built and joined. Dispose stops receiving, lets work in hand
 * finish and closes everything in the reverse of the order it was opened in (spec 5.4).
 */
export function createApp(config: Config, overrides: Overrides = {}): App {
  const { log = createLog(config.logLevel), clock = Date.now, random = Math.random } = overrides;
  const resources = new AsyncDisposableStack();
  const stopping = new AbortController();
  const database = resources.use(openDatabase(config.database));
  const queue = resources.use(openQueue(config.queue));
  let isStarted = false;
  const state: State = { isReady: () => isStarted && !stopping.signal.aborted, intake: null };
  const parts = { config, database, queue, log, clock, random, resources, state, metrics: createMetrics() };
  return {
    start: async () => {
      const address = await startApi(parts);
      const delius = await waitForDatabase(() => requireDelius(parts), { log, signal: stopping.signal });
      if (config.consumer.enabled) startConsumer(parts, delius);
      isStarted = true;
      return { address };
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await resources.disposeAsync();
    },
  };
}

/** What the API shows of the rest of the service. */
interface State {
  readonly isReady: () => boolean;
  intake: Intake | null;
}

interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly queue: Queue;
  readonly metrics: Metrics;
  readonly state: State;
  readonly log: Log;
  readonly clock: () => number;
  readonly random: () => number;
  /** What is opened is closed with the rest, in the reverse order. */
  readonly resources: AsyncDisposableStack;
}

function startConsumer(parts: Parts, delius: Delius): void {
  const { config, database, queue, log, clock, random, resources } = parts;
  const { concurrency } = config.consumer;
  const deletions = resources.use(createDeletions(queue, log));
  const tokens = createTokenSource(config.auth, clock);
  const api = resources.use(createMpcApi({ tokens, columnLengths: delius.columnLengths }));
  const readReferences = rememberReferences(database);
  const handlers = createHandlers(config, delius, readReferences);
  const settle = createGathering({ settleSet: createSettlement(database, handlers), ...gathering });
  const inbox = { database, api, settle, readReferences, origins: config.mpc.origins };
  const failure = { database, queue, log, random, retryDelays: config.rules.retryDelays };
  const intake = resources.use(
    createIntake({
      queue,
      deletions,
      log,
      clock,
      concurrency,
      handle: (message, signal) => handleMessage(inbox, message, signal),
      fail: (held, error) => failMessage(failure, held, error),
    }),
  );
  parts.state.intake = intake;
  intake.start();
  log.info({ concurrency }, "receiving");
}

async function startApi(parts: Parts): Promise<string> {
  const { config, log, clock, resources, metrics } = parts;
  const { port, api, directory: settings } = config;
  const { connections: poolSize, patience } = reading;
  const reads = resources.use(openDatabase({ ...config.database, poolSize, patience }));
  const directory = resources.use(openStaffDirectory(settings));
  const emails = resources.use(
    createStaffEmails({
      directory,
      save: (learnt) => saveStaffEmails(reads, learnt),
      cacheMilliseconds: settings.cacheSeconds * 1000,
      clock,
      log,
    }),
  );
  const { jwksUrl, ...rules } = api.tokens;
  const tokens = createTokenVerifier({ rules, keys: rememberKeys(jwksUrl, clock), clock, mostRemembered: 10_000 });
  const sharing = { most: reading.most, parallel: poolSize };
  const checks = { ...checksOf(parts, reads), staffDirectory: () => directory.check() };
  const server = { log, tokens, metrics, limits: webLimits, requestsPerSecond: api.requestsPerSecond };
  const web = await createWebServer(server, (routes) =>
    addApi(routes, {
      readCases: coalesce((identifiers: readonly Identifier[]) => listStoredCases(reads, identifiers), sharing),
      readRegistrations: coalesce((crns: readonly Crn[]) => listRegistrations(reads, crns), sharing),
      emails,
      roles: api.roles,
      reportUnknownRosh: (type) => log.warn({ registerType: type }, "a risk registration of unknown type"),
      checkHealth: createHealthChecks(checks, clock),
      isReady: parts.state.isReady,
      isAlive: () => true,
      describeService: describeService(config),
      readMetrics: () => metrics.read(),
    }),
  );
  resources.defer(() => web.close());
  return web.listen({ port, host: "::" });
}

function checksOf({ config, queue, state, resources }: Parts, reads: Database): Readonly<Record<string, Check>> {
  const probe = resources.use(openProbe());
  return {
    database: () => pingDatabase(reads),
    queue: async () => ({ ...(await queue.count()) }),
    mpc: () => probe.ask("mpc", `${config.mpc.origins[0]}/api`),
    hmppsAuth: () => probe.ask("auth", config.api.tokens.jwksUrl),
    consumer: () => Promise.resolve(describeConsumer(config, state)),
  };
}

function describeConsumer({ consumer }: Config, { intake }: State) {
  if (!consumer.enabled) return { state: "disabled" };
  return intake === null ? { state: "starting" } : { state: "running", inHand: intake.inHand() };
}

function describeService({ build, consumer, rules }: Config) {
  const since = new Date();
  return () => ({
    git: build.commit === undefined ? {} : { commit: build.commit },
    build: { name: packageFile.name, version: build.version ?? packageFile.version },
    productId: "HMPPS518",
    uptime: { seconds: Math.floor((Date.now() - since.getTime()) / 1000), since: since.toISOString() },
    features: { consumer: consumer.enabled, handoverNullDates: rules.nullDates },
  });
}

function createHandlers({ rules }: Config, { userId }: Delius, readReferences: () => Promise<ReferenceData>) {
  const reasonDescriptions = async () => (await readReferences()).reasonDescriptions;
  return {
    handover: createHandoverHandler({ nullDates: rules.nullDates, userId }),
    allocation: createAllocationHandler({ userId, reasonDescriptions }),
  };
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
      log.warn({ dependency: error.dependency, errorClass: error.errorClass }, "waiting for the database");
      await wait(pause, undefined, { signal });
    }
  }
}

/** Reads Delius's code values once, and again for as long as some are missing: people mend reference data. */
function rememberReferences(database: Database): () => Promise<ReferenceData> {
  let complete: ReferenceData | null = null;
  return async () => {
    const reference = complete ?? readReferenceData(await listReferenceEntries(database));
    if (isComplete(reference)) complete = reference;
    return reference;
  };
}
