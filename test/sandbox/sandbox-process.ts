import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { chown, mkdir, mkdtemp, readdir, readFile, rm, watch } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { removePostgres } from "../../sandbox/embedded-postgres.ts";
import { locateData } from "../../sandbox/postgres-data.ts";
import { expectNothingPersonal } from "../support/personal-data.ts";

/** The project's folder. */
export const root = path.dirname(path.dirname(import.meta.dirname));

/** How `npm start` is called. */
export interface StartSettings {
  /** Where the state is kept; null leaves it to the sandbox. */
  readonly directory: string | null;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly checkout?: string;
  readonly user?: UserId;
}

/** Whom a process runs as; empty for anyone who runs the tests. */
export interface UserId {
  readonly uid?: number;
  readonly gid?: number;
}

/** How a process ended and what it wrote. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** A running `npm start`. Dispose stops it, the hard way if need be. */
export interface StartedProcess extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Waits for a text in what comes after the last one that was waited for; answers all up to its end. */
  told(text: string): Promise<string>;
  /** Waits until everything runs; answers what was printed until then. */
  ready(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Stops reading what it prints, as a pager does that is quit. */
  closeOutput(): void;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ending>;
}

const patienceMs = 60_000;

/** Starts it on an environment in which nothing is configured but what `environment` says. */
export function startProcess(settings: StartSettings): StartedProcess {
  const { directory, environment = {}, checkout = root, user = {} } = settings;
  const { PATH = "", NODE_COMPILE_CACHE = "", HOME = tmpdir() } = process.env;
  const kept = directory === null ? {} : { SANDBOX_DIRECTORY: directory };
  const child = spawn(process.execPath, ["sandbox/start.ts", ...(settings.arguments ?? [])], {
    cwd: checkout,
    env: { PATH, NODE_COMPILE_CACHE, HOME, TMPDIR: tmpdir(), ...kept, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  const written = { output: "", errors: "", heard: 0 };
  const arrivals = new EventEmitter().setMaxListeners(0);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written.output += text;
    arrivals.emit("change");
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (written.errors += text));
  const ended = once(child, "close").then((): Ending => {
    arrivals.emit("change");
    return { code: child.exitCode, signal: child.signalCode, output: written.output, errors: written.errors };
  });
  const told = async (text: string) => {
    const signal = AbortSignal.timeout(patienceMs);
    for (;;) {
      const place = written.output.indexOf(text, written.heard);
      if (place >= 0) {
        const all = written.output.slice(written.heard, place + text.length);
        written.heard = place + text.length;
        return all;
      }
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`It ended without "${text}": ${written.output}${written.errors}`);
      }
      await once(arrivals, "change", { signal });
    }
  };
  const stop = (signal: NodeJS.Signals = "SIGINT") => {
    child.kill(signal);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    ended,
    told,
    ready: () => told("begins anew).\n"),
    kill: (signal) => void child.kill(signal),
    closeOutput: () => child.stdout.destroy(),
    stop,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const impatience = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await stop("SIGTERM");
      clearTimeout(impatience);
    },
  };
}

/** Runs it to its own end. */
export async function runProcess(settings: StartSettings): Promise<Ending> {
  await using started = startProcess(settings);
  return await started.ended;
}

/**
 * A folder for a sandbox's state. Dispose removes it with all that belongs to it, and fails when the service's log in it
 * identifies a person.
 */
export interface StateFolder extends AsyncDisposable {
  readonly directory: string;
  /** The process of its database server; null where there is none. */
  serverPid(): Promise<number | null>;
}

/** Makes a folder for a sandbox's state, below one that only its owner may enter. */
export async function makeStateFolder({ uid, gid }: UserId = {}): Promise<StateFolder> {
  const home = await mkdtemp(path.join(tmpdir(), "sandbox test-"));
  const directory = path.join(home, "state");
  await mkdir(directory);
  if (uid !== undefined && gid !== undefined) {
    await Promise.all([home, directory].map((folder) => chown(folder, uid, gid)));
  }
  return {
    directory,
    serverPid: async () => readServerPid(await locateData(path.join(directory, "postgres"))),
    [Symbol.asyncDispose]: async () => {
      const log = await readFile(path.join(directory, "service.log"), "utf8").catch(() => "");
      await removePostgres({ directory: path.join(directory, "postgres") });
      await rm(home, { recursive: true, force: true });
      // The database is gone; the people of the sandbox are known without it.
      await expectNothingPersonal(log.split("\n"), { database: { query: () => Promise.resolve([]) } });
    },
  };
}

async function readServerPid(data: string): Promise<number | null> {
  const text = await readFile(path.join(data, "postmaster.pid"), "utf8").catch(() => null);
  return text === null ? null : Number.parseInt(text, 10);
}

/** Whether a process runs. One that has ended, and that no one has taken note of yet, does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (status !== null) return !/\) Z /.test(status);
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of someone else's runs too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether anybody listens on a port of this machine. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The ports in the addresses that a sandbox printed. */
export function portsIn(printed: string): readonly number[] {
  const addresses = printed.matchAll(/:\/\/(?:[\w.]+@)?(?:127\.0\.0\.1|localhost|[\w.-]+\.localhost):(\d+)/g);
  return [...new Set([...addresses].map(([, port]) => Number(port)))];
}

/** Waits until a file or folder of this name is in a folder, or the process has ended. */
export async function waitForEntry(folder: string, name: string, started: StartedProcess): Promise<void> {
  const over = new AbortController();
  void started.ended.then(() => over.abort());
  try {
    const changes = watch(folder, { signal: over.signal });
    if ((await readdir(folder)).includes(name)) return;
    for await (const { filename } of changes) if (filename === name) return;
  } catch (error) {
    if (!over.signal.aborted) throw error;
  }
}
