import { setTimeout as wait } from "node:timers/promises";
import { openDatabase, type Database } from "./adapters/database.ts";
import { createDeletions } from "./adapters/deletions.ts";
import { findServiceUser, getColumnLengths, hasOwnTables } from "./adapters/delius-store.ts";
import { DependencyError } from "./adapters/dependency-error.ts";
import { createTokenSource } from "./adapters/hmpps-auth.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { createMpcApi } from "./adapters/mpc-api.ts";
import { openQueue } from "./adapters/queue.ts";
import type { ColumnLengths } from "./allocation/allocation-answer.ts";
import { createAllocationHandler } from "./allocation/allocation-handler.ts";
import { ConfigError, type Config } from "./config.ts";
import { createHandoverHandler } from "./handover/handover-handler.ts";
import { failMessage } from "./inbox/failure-handler.ts";
import { createGathering } from "./inbox/gathering-handler.ts";
import { handleMessage } from "./inbox/inbox-handler.ts";
import { createIntake } from "./inbox/intake-handler.ts";
import { isComplete, readReferenceData, type ReferenceData } from "./inbox/reference-data.ts";
import { listReferenceEntries } from "./inbox/reference-store.ts";
import { createSettlement } from "./inbox/settlement-handler.ts";

/** The running service. */
export interface App extends AsyncDisposable {
  /** Waits for the database, checks it and begins to receive. Raises `ConfigError` when the database is not fit. */
  start(): Promise<void>;
}

/** Parts that a caller may put in the place of the real ones. */
export interface Overrides {
  readonly log?: Log;
  readonly clock?: () => number;
  readonly random?: () => number;
}

const gathering = { writers: 2, largestSet: 16 };

/**
 * The composition root: the one place where everything is built and joined. Dispose stops receiving, lets work in hand
 * finish and closes everything in the reverse of the order it was opened in (spec 5.4).
 */
export function createApp(config: Config, overrides: Overrides = {}): App {
  const { log = createLog(config.logLevel), clock = Date.now, random = Math.random } = overrides;
  const resources = new AsyncDisposableStack();
  const stopping = new AbortController();
  const database = resources.use(openDatabase(config.database));
  const parts = { config, database, log, clock, random, resources };
  return {
    start: async () => {
      const delius = await waitForDatabase(() => inspectDelius(database, config), { log, signal: stopping.signal });
      if (config.consumer.enabled) startConsumer(parts, delius);
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await resources.disposeAsync();
    },
  };
}

interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly log: Log;
  readonly clock: () => number;
  readonly random: () => number;
  /** What is opened is closed with the rest, in the reverse order. */
  readonly resources: AsyncDisposableStack;
}

function startConsumer(parts: Parts, delius: Delius): void {
  const { config, database, log, clock, random, resources } = parts;
  const { concurrency } = config.consumer;
  const queue = resources.use(openQueue(config.queue));
  const deletions = resources.use(createDeletions(queue, log));
  const tokens = createTokenSource(config.auth, clock);
  const api = resources.use(createMpcApi({ tokens, columnLengths: delius.columnLengths }));
  const readReferences = rememberReferences(database);
  const handlers = createHandlers(config, delius, readReferences);
  const settle = createGathering({ settleSet: createSettlement(database, handlers), ...gathering });
  const inbox = { database, api, settle, readReferences, origins: config.mpc.origins };
  const failure = { database, queue, log, random, retryDelays: config.rules.retryDelays };
  const intake = createIntake({
    queue,
    deletions,
    log,
    clock,
    concurrency,
    handle: (message, signal) => handleMessage(inbox, message, signal),
    fail: (held, error) => failMessage(failure, held, error),
  });
  resources.use(intake).start();
  log.info({ concurrency }, "receiving");
}

function createHandlers({ rules }: Config, { userId }: Delius, readReferences: () => Promise<ReferenceData>) {
  const reasonDescriptions = async () => (await readReferences()).reasonDescriptions;
  return {
    handover: createHandoverHandler({ nullDates: rules.nullDates, userId }),
    allocation: createAllocationHandler({ userId, reasonDescriptions }),
  };
}

interface Delius {
  readonly userId: number;
  readonly columnLengths: ColumnLengths;
}

/** Reads what the service needs to know of Delius; says all that is wrong with it at once (spec 2). */
async function inspectDelius(database: Database, { database: settings }: Config): Promise<Delius> {
  if (!(await hasOwnTables(database))) {
    throw new ConfigError(["The database lacks the schema mpc_delius: run `npm run migrate`."]);
  }
  const [userId, columnLengths] = await Promise.all([
    findServiceUser(database, settings.username),
    getColumnLengths(database),
  ]);
  if (userId === undefined) {
    throw new ConfigError([`Delius has no user ${settings.username}: set DELIUS_USERNAME to the service's own user.`]);
  }
  return { userId, columnLengths };
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
