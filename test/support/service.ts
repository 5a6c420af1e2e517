import { EventEmitter, on } from "node:events";
import { startPeers, type Peers, type PeersSettings } from "../../sandbox/peers.ts";
import { seedOverlap } from "../../sandbox/seed/seed.ts";
import { createApp, type Overrides } from "../../src/app/app.ts";
import { readConfig } from "../../src/app/config.ts";
import { createLog, type Log } from "../../src/platform/process/log.ts";
import type { Clocks } from "../../src/platform/time/clocks.ts";
import { expectNothingPersonal } from "./personal-data.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";
import { expectNothingUnexpected, findUnexpected } from "./unexpected-calls.ts";

/** How a suite wants its service. */
export interface ServiceSettings extends PeersSettings {
  /** Adds the person whose POM rows overlap, in a database without the constraint. */
  readonly withOverlap?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Switches the console on, and makes the first instance listen on this port. */
  readonly consolePort?: number;
  /** A database that outlives the service; one of its own without it. */
  readonly database?: TestDatabase;
  /** Changes the database before the service starts. */
  readonly prepare?: (database: TestDatabase) => Promise<unknown>;
  /** Processes of the suite's own ask for tokens too: how many were needed is not known. */
  readonly hasOtherCallers?: boolean;
  /** Takes the place of chance in the service. */
  readonly random?: () => number;
  /** Milliseconds until expired rows are removed for the first time. */
  readonly firstRetentionMs?: number;
  /** Take the place of the machine's. */
  readonly clocks?: Clocks;
}

/** One line of the service's log. */
export interface LogLine {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The whole service in this process, on real parts of its own. */
export interface TestService extends Peers {
  /** Where the first instance's API is. */
  readonly address: string;
  readonly database: TestDatabase;
  /** The log lines of every instance of the service, in one. */
  readonly lines: readonly LogLine[];
  /** Waits for a log line, of no message where no inbox key is given; those that came before count too. */
  line(message: string, inboxKey?: string, occurrence?: number): Promise<LogLine>;
  /** Waits until a message is settled and answers its outcomes. */
  settled(inboxKey: string, occurrence?: number): Promise<readonly string[]>;
  /** Waits until a message is settled, and answers its journal rows, by fact. */
  journal(inboxKey: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Starts one more instance of the service on the same parts. It stops with the rest, or when it is disposed. */
  startAnother(environment?: ServiceSettings["environment"]): Promise<AsyncDisposable & { readonly address: string }>;
  /** Stops every instance of the service and leaves its parts: what it had in hand is finished or given back. */
  stop(): Promise<void>;
}

/**
 * Starts database, stand-ins and service. Dispose stops everything, and fails when the service has written what tells of a
 * person or called what it ought not to.
 */
export async function startService(settings: ServiceSettings = {}): Promise<TestService> {
  await using starting = new AsyncDisposableStack();
  const database = settings.database ?? starting.use(await createTestDatabase());
  if (settings.withOverlap === true) await seedOverlap(database.url);
  await settings.prepare?.(database);
  const peers = starting.use(await startPeers(settings));
  const { line, lines, log, written } = captureLog();
  let starts = 0;
  starting.defer(async () => {
    expectNothingUnexpected(findUnexpected(peers, { starts: settings.hasOtherCallers === true ? Infinity : starts }));
    const { DELIUS_SCHEMA: schema = "public" } = { ...settings.environment };
    await expectNothingPersonal(written, { database, mpc: peers.mpc, schema });
  });
  const instances = starting.use(new AsyncDisposableStack());
  Object.assign(process.env, awsCredentials);
  const base = {
    DATABASE_URL: database.url,
    PORT: "0",
    HOST: "127.0.0.1",
    RETRY_DELAYS_S: "0",
    ...peers.environment,
    ...(settings.consolePort === undefined ? {} : switchOnConsole(peers, settings.consolePort)),
    ...settings.environment,
  };
  const { random, clocks, firstRetentionMs } = settings;
  const overrides: Overrides = {
    log,
    ...(random === undefined ? {} : { random }),
    ...(clocks === undefined ? {} : { clocks }),
    ...(firstRetentionMs === undefined ? {} : { firstRetentionMs }),
  };
  const startAnother: TestService["startAnother"] = async (environment = {}) => {
    starts += 1;
    const app = instances.use(createApp(readConfig({ ...base, ...environment }), overrides));
    const { address } = await app.start();
    return { address, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
  };
  const { address } = await startAnother();
  const settled = async (inboxKey: string, occurrence = 1) => {
    const { fields } = await line("message settled", inboxKey, occurrence);
    return Array.isArray(fields["outcomes"]) ? fields["outcomes"].map(String) : [];
  };
  const resources = starting.move();
  return {
    ...peers,
    address,
    database,
    lines,
    line,
    settled,
    journal: async (inboxKey) => {
      await settled(inboxKey);
      return database.query("select * from mpc_delius.journal where inbox_key = $1 order by fact", [inboxKey]);
    },
    startAnother,
    stop: () => instances.disposeAsync(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function switchOnConsole(peers: Peers, port: number): Readonly<Record<string, string>> {
  return { ...peers.consoleAt(`http://127.0.0.1:${port}`), PORT: String(port) };
}

// The SDK reads them from the process itself.
const awsCredentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

const patienceMs = 20_000;

function captureLog() {
  const lines: LogLine[] = [];
  const written: string[] = [];
  // What a real log makes of an entry, errors among it, is what no one may find a person in.
  const real = createLog("trace", { write: (text) => void written.push(text) });
  const arrivals = new EventEmitter().setMaxListeners(0);
  const writeAs = (level: "info" | "warn" | "error") => (fields: LogLine["fields"], message: string) => {
    real[level](fields, message);
    lines.push({ fields, message });
    arrivals.emit("line");
  };
  const log: Log = { info: writeAs("info"), warn: writeAs("warn"), error: writeAs("error") };
  const line = async (message: string, inboxKey?: string, occurrence = 1): Promise<LogLine> => {
    const find = () =>
      lines.filter((one) => one.message === message && one.fields["inboxKey"] === inboxKey)[occurrence - 1];
    const signal = AbortSignal.timeout(patienceMs);
    const found = find();
    if (found !== undefined) return found;
    try {
      for await (const _ of on(arrivals, "line", { signal })) {
        const arrived = find();
        if (arrived !== undefined) return arrived;
      }
    } catch (cause) {
      throw new Error(`No line "${message}" came for ${inboxKey}; lines: ${JSON.stringify(lines.slice(-5))}`, {
        cause,
      });
    }
    throw new Error("The log ended.");
  };
  return { log, lines, written, line };
}
