import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { Peers } from "../../sandbox/peers.ts";
import type { LineWatch } from "./line-watch.ts";
import { startProxy, type Listener, type Proxy } from "./proxy.ts";

/** What stands between a process and what it leans on. */
export type Proxies = Readonly<Record<"database" | "queue" | "mpc" | "auth" | "directory", Proxy>>;

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The service in a process of its own, behind proxies of its own. Dispose kills it. */
export interface Replica extends AsyncDisposable {
  readonly number: number;
  readonly proxies: Proxies;
  /** Everything that it wrote to its standard output and error. */
  readonly output: readonly string[];
  readonly ended: Promise<Ended>;
  isRunning(): boolean;
  /** Starts it, anew where it ran before, and waits until it receives. */
  start(environment?: Readonly<Record<string, string>>): Promise<void>;
  /** Starts it and does not wait. */
  launch(environment?: Readonly<Record<string, string>>): void;
  /** Kills it at once and breaks its connections, as the kernel does; faults are over. */
  kill(): Promise<void>;
  /** Sends it a signal: `SIGSTOP` stops its every move until `SIGCONT`. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to stop and waits for its end; answers how that went and in how many milliseconds. */
  stop(): Promise<Ended & { readonly milliseconds: number }>;
  /** The receipts of all that the queue has given to it since its last start. */
  receipts(): readonly string[];
  /** Waits until it has asked for more after the queue has given so many messages to it: it holds them all then. */
  holds(messages: number): Promise<void>;
  /** How often it was started. */
  launches(): number;
  /** Addresses that it has connected to although none of its variables names them. */
  strayed(): readonly string[];
}

/** What a replica is made of. */
export interface ReplicaSettings {
  readonly number: number;
  readonly peers: Peers;
  readonly databaseUrl: string;
  readonly watch: LineWatch;
  readonly environment: Readonly<Record<string, string>>;
  /** The folder of the code that it runs; this one's unless it is told another. */
  readonly folder?: string;
  /** Hears what travels between it and its peers. */
  readonly listeners?: Readonly<Partial<Record<keyof Proxies, Listener>>>;
}

const root = path.dirname(path.dirname(import.meta.dirname));

/** Makes the proxies of a process and does not start it yet. */
export async function createReplica(settings: ReplicaSettings): Promise<Replica> {
  const { number, peers, watch, folder = root } = settings;
  await using making = new AsyncDisposableStack();
  const receipts = collectReceipts(watch);
  const open = async (target: string, listener: Listener = {}) => {
    const attempted = () => {
      listener.attempted?.();
      watch.poke();
    };
    return making.use(await startProxy(target, { ...listener, attempted }));
  };
  const { listeners = {} } = settings;
  const proxies: Proxies = {
    database: await open(settings.databaseUrl, listeners.database),
    queue: await open(peers.queue.endpoint, receipts.listener),
    mpc: await open(peers.mpc.origin, listeners.mpc),
    auth: await open(peers.auth.tokenUrl, listeners.auth),
    directory: await open(peers.ldap.url, listeners.directory),
  };
  const base = { ...peers.environment, ...addressesOf(proxies, peers), ...settings.environment };
  const output: string[] = [];
  const named = new Set<string>();
  let launches = 0;
  let child: ChildProcess | null = null;
  let ended: Promise<Ended> = Promise.resolve({ code: null, signal: null });
  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;
  const launch = (environment: Readonly<Record<string, string>> = {}) => {
    receipts.forget();
    launches += 1;
    addressesIn({ ...base, ...environment }).forEach((address) => named.add(address));
    child = spawnService({ ...base, ...environment }, { number, output, watch, folder });
    ended = endOf(child);
  };
  const kill = async () => {
    child?.kill("SIGKILL");
    await ended;
    Object.values(proxies).forEach(recover);
  };
  making.defer(kill);
  const resources = making.move();
  return {
    number,
    proxies,
    output,
    get ended() {
      return ended;
    },
    isRunning,
    launch,
    start: async (environment) => {
      const before = watch.lines.length;
      launch(environment);
      await watch.until(`process ${number} to receive`, () => {
        if (!isRunning()) throw new Error(`Process ${number} ended: ${output.slice(-5).join("\n")}`);
        return watch.lines.slice(before).find((one) => one.writer === number && one.message === "consumer started");
      });
    },
    kill,
    signal: (name) => void child?.kill(name),
    stop: async () => {
      const asked = performance.now();
      child?.kill("SIGTERM");
      const stopping = child;
      // It is a fault when it comes to this; the test is told by the missing exit code.
      const impatience = setTimeout(() => stopping?.kill("SIGKILL"), 40_000);
      await ended;
      clearTimeout(impatience);
      return { ...(await ended), milliseconds: performance.now() - asked };
    },
    receipts: receipts.all,
    holds: async (messages) => {
      await watch.until(`${messages} messages in hand`, () => receipts.areHeld(messages) || undefined);
    },
    launches: () => launches,
    strayed: () =>
      output.flatMap((text) => {
        const { msg: message, ["address"]: address } = readLine(text);
        return message === "connects" && !named.has(String(address)) ? [`process ${number} at ${String(address)}`] : [];
      }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function addressesOf(proxies: Proxies, { auth, mpc }: Peers) {
  const through = (address: string) => new URL(new URL(address).pathname, proxies.auth.url).href;
  return {
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: proxies.database.url,
    AWS_ENDPOINT_URL_SQS: proxies.queue.url,
    MPC_API_URL: proxies.mpc.url,
    // Events of the simulator name its own address; those that name none are asked about through the proxy.
    MPC_ALLOWED_ORIGINS: mpc.origin,
    AUTH_TOKEN_URL: through(auth.tokenUrl),
    AUTH_JWKS_URL: through(auth.jwksUrl),
    LDAP_URL: proxies.directory.url,
    RETRY_DELAYS_S: "0",
  };
}

/** Everything that a process is told to talk to, as numbers. */
function addressesIn(environment: Readonly<Record<string, string>>): readonly string[] {
  const texts = Object.values(environment).flatMap((value) => value.split(","));
  const urls = texts.filter((text) => URL.canParse(text)).map((text) => new URL(text));
  return urls.map(({ hostname, port }) => `${hostname}:${port}`);
}

interface Spawning {
  readonly folder: string;
  readonly number: number;
  readonly output: string[];
  readonly watch: LineWatch;
}

const lineSchema = z.looseObject({ msg: z.string() });
const outboundWatch = pathToFileURL(path.join(import.meta.dirname, "outbound-watch.ts")).href;

function spawnService(environment: Readonly<Record<string, string>>, spawning: Spawning): ChildProcess {
  const { folder, number, output, watch } = spawning;
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const entry = path.join(folder, "src/commands/cli.ts");
  const child = spawn(process.execPath, ["--import", outboundWatch, entry, "serve"], {
    env: { PATH, NODE_COMPILE_CACHE, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (text) => {
      output.push(text);
      const { msg: message, ...fields } = readLine(text);
      watch.add({ writer: number, message, fields });
    });
  }
  child.once("exit", () => watch.poke());
  return child;
}

function readLine(text: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return { msg: text };
  }
}

async function endOf(child: ChildProcess): Promise<Ended> {
  await once(child, "close");
  return { code: child.exitCode, signal: child.signalCode };
}

function recover(proxy: Proxy): void {
  proxy.breakConnections();
  proxy.comeBack();
  proxy.delay(0);
  proxy.resume();
}

/** Overhears which messages the queue hands out. */
function collectReceipts(watch: LineWatch) {
  let receipts = new Set<string>();
  let held = 0;
  let tail = "";
  return {
    listener: {
      fromClient: (_connection: object, bytes: Buffer) => {
        // The answer to one receive has been read when the next is sent.
        if (bytes.includes("AmazonSQS.ReceiveMessage")) held = receipts.size;
        watch.poke();
      },
      fromServer: (_connection: object, bytes: Buffer) => {
        tail += bytes.toString("latin1");
        for (const [, receipt = ""] of tail.matchAll(/"ReceiptHandle":"([^"]+)"/g)) receipts.add(receipt);
        tail = tail.slice(-100);
        // Whoever waits for the queue to be empty looks again when it has answered.
        watch.poke();
      },
    },
    all: () => [...receipts],
    areHeld: (messages: number) => held >= messages,
    forget: () => {
      receipts = new Set();
      held = 0;
      tail = "";
    },
  };
}
