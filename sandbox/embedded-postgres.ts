import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { findFreePort, listenOnFreePort } from "./free-port.ts";
import { preparePostgresBinaries } from "./postgres-binaries.ts";
import { listOrphans, locateData, prepareData, readVersion, removeData } from "./postgres-data.ts";
import { findServerUser } from "./server-user.ts";
import { UnfitPlace } from "./unfit-place.ts";

/** A PostgreSQL server on this machine, for loopback callers only. Dispose stops it and waits until it is gone. */
export interface Postgres extends AsyncDisposable {
  readonly port: number;
  /** The address of one of its databases, for the superuser. */
  url(database: string): string;
  /** Aborts when it ends though we did not stop it. */
  readonly lost: AbortSignal;
}

/** Where a server keeps its data. */
export interface PostgresSettings {
  readonly directory: string;
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  /** False gives up surviving a power cut, for tests. */
  readonly durable?: boolean;
  /** Ends the making of new data, which takes seconds on a busy machine. */
  readonly stop?: AbortSignal;
}

const run = promisify(execFile);
const deadlineMs = 30_000;
const patienceMs = 10_000;
const pollMs = 20;

/**
 * Starts a real PostgreSQL on a data directory, made on first use. A server that an earlier process left behind on the
 * same directory is stopped first. Root runs it as `nobody`, for PostgreSQL refuses root.
 */
export async function startPostgres(settings: PostgresSettings): Promise<Postgres> {
  const bin = await preparePostgresBinaries();
  const directory = await locateData(settings.directory);
  await Promise.all((await listOrphans()).map(removeDataOf));
  await stopLeftOver(directory);
  await prepareData(bin, { directory, origin: settings.directory, stop: settings.stop });
  const launching = { bin, directory, isDurable: settings.durable ?? true };
  const { port, server } = await launchOnFreePort(launching, settings.port ?? 0);
  return {
    port,
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    ...watchOver(server),
  };
}

/** Whether a server was started on this directory before, and its data is still there. */
export async function hasPostgresData({ directory }: Pick<PostgresSettings, "directory">): Promise<boolean> {
  return (await readVersion(await locateData(directory))) !== null;
}

/** Removes a server's data for good; a server that an earlier process left behind on it is stopped first. */
export async function removePostgres(settings: Pick<PostgresSettings, "directory">): Promise<void> {
  await removeDataOf(await locateData(settings.directory));
}

async function removeDataOf(directory: string): Promise<void> {
  await stopLeftOver(directory);
  await removeData(directory);
}

/** Makes a database, from a template where one is named. */
export async function createDatabase(serverUrl: string, name: string, template = "template1"): Promise<void> {
  // Only the template that holds nothing may be copied with another locale: then the plainest of all.
  const locale = template === "template0" ? "encoding 'UTF8' locale_provider libc lc_collate 'C' lc_ctype 'C'" : "";
  await runAsSuperuser(serverUrl, `create database "${name}" template "${template}" strategy file_copy ${locale}`);
}

/** Removes a database, no matter who is still connected to it. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await runAsSuperuser(serverUrl, `drop database if exists "${name}" with (force)`);
}

async function runAsSuperuser(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

interface Launching {
  readonly bin: string;
  readonly directory: string;
  readonly isDurable: boolean;
}

async function launchOnFreePort(launching: Launching, preferred: number) {
  let server: ChildProcess | undefined;
  const port = await listenOnFreePort(preferred, async (wanted) => {
    const chosen = wanted === 0 ? await findFreePort() : wanted;
    server = await launch(launching, chosen);
    return chosen;
  });
  if (server === undefined) throw new Error("PostgreSQL was not started.");
  return { port, server };
}

async function launch({ bin, directory, isDurable }: Launching, port: number): Promise<ChildProcess> {
  const options = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    timezone: "UTC",
    log_min_messages: "warning",
    ...(isDurable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  const args = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  await using log = await open(path.join(directory, "server.log"), "a");
  const { size: logged } = await log.stat();
  // Its own session: Ctrl-C in the terminal must reach the service first, so that it can finish its work.
  const server = spawn(path.join(bin, "postgres"), ["-D", directory, ...args], {
    ...(await findServerUser(directory)),
    cwd: "/",
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  server.unref();
  // Whichever way this process ends, short of being killed, the server does not outlive it.
  const abandon = () => server.kill("SIGINT");
  process.once("exit", abandon);
  server.once("exit", () => process.off("exit", abandon));
  await waitUntilReady(server, { directory, logged });
  return server;
}

async function waitUntilReady(
  server: ChildProcess,
  { directory, logged }: { readonly directory: string; readonly logged: number },
): Promise<void> {
  const until = Date.now() + deadlineMs;
  while (Date.now() < until) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    const status = await readStatus(directory);
    if (status.state === "ready" && status.pid === server.pid) return;
    await wait(pollMs);
  }
  server.kill("SIGKILL");
  const log = (await readFile(path.join(directory, "server.log"))).subarray(logged).toString("utf8");
  throw describeFailure(log);
}

function describeFailure(log: string): Error {
  const failure = new Error(
    `PostgreSQL did not start: ${log.trim().split("\n").slice(-3).join(" | ") || "it was ended"}`,
  );
  return log.includes("Address already in use") ? Object.assign(failure, { code: "EADDRINUSE" }) : failure;
}

async function readStatus(directory: string): Promise<{ readonly pid: number; readonly state: string }> {
  const lines = (await readFile(path.join(directory, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  return { pid: Number(lines[0]), state: (lines[7] ?? "").trim() };
}

function watchOver(server: ChildProcess): Pick<Postgres, "lost"> & AsyncDisposable {
  const lost = new AbortController();
  const report = (code: number | null, signal: NodeJS.Signals | null) => {
    const how = signal ?? `code ${code}`;
    lost.abort(
      new UnfitPlace(`PostgreSQL ended, though nothing here stopped it (${how}). Start again: \`npm start\`.`),
    );
  };
  server.once("exit", report);
  return {
    lost: lost.signal,
    [Symbol.asyncDispose]: () => {
      server.off("exit", report);
      return stop(server);
    },
  };
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  const gone = once(server, "exit");
  server.kill("SIGINT");
  const impatience = setTimeout(() => server.kill("SIGQUIT"), patienceMs);
  await gone;
  clearTimeout(impatience);
}

async function stopLeftOver(directory: string): Promise<void> {
  const { pid } = await readStatus(directory);
  if (!(pid > 0)) return;
  const until = Date.now() + deadlineMs;
  if (await isServerOf(pid, directory)) process.kill(pid, "SIGINT");
  while (await isServerOf(pid, directory)) {
    if (Date.now() > until) throw new Error(`An earlier PostgreSQL (process ${pid}) does not stop: stop it by hand.`);
    await wait(pollMs);
  }
  // The number may go to another process at any time, which PostgreSQL would take for a server.
  await rm(path.join(directory, "postmaster.pid"), { force: true });
}

// The number in the file may by now belong to another process.
async function isServerOf(pid: number, directory: string): Promise<boolean> {
  const isLinux = await stat("/proc/self").then(
    () => true,
    () => false,
  );
  const command = isLinux
    ? await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
    : await run("ps", ["-p", String(pid), "-o", "args="]).then(
        ({ stdout }) => stdout,
        () => "",
      );
  return command.includes("postgres") && command.includes(directory);
}
