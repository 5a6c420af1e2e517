import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, chown, mkdir, open, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { preparePostgresBinaries, userId } from "./postgres-binaries.ts";

/** A PostgreSQL server on this machine, for loopback callers only. Dispose stops it and waits until it is gone. */
export interface Postgres extends AsyncDisposable {
  readonly port: number;
  /** The address of one of its databases, for the superuser. */
  url(database: string): string;
}

/** Where a server keeps its data. */
export interface PostgresSettings {
  readonly directory: string;
  /** A free port by default. */
  readonly port?: number;
  /** False gives up surviving a power cut, for tests. */
  readonly durable?: boolean;
}

const run = promisify(execFile);
const nobody = 65534;
const deadlineMs = 30_000;
const pollMs = 20;

/**
 * Starts a real PostgreSQL on a data directory, made on first use. A server that an earlier process left behind on the
 * same directory is stopped first. Root runs it as `nobody`, for PostgreSQL refuses root.
 */
export async function startPostgres(settings: PostgresSettings): Promise<Postgres> {
  const bin = await preparePostgresBinaries();
  const directory = await locateData(settings.directory);
  await stopLeftOver(directory);
  await initialise(bin, directory);
  const port = settings.port ?? (await findFreePort());
  const server = await launch(bin, { ...settings, directory, port });
  return {
    port,
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    [Symbol.asyncDispose]: () => stop(server),
  };
}

/**
 * Where the data of a server really lies: in the directory itself, or, where the user that the server runs as cannot
 * enter it (root's home is closed to `nobody`), in a folder of its own beside the system's temporary files.
 */
export async function locateData(directory: string): Promise<string> {
  const wanted = path.resolve(directory);
  if (userId() !== 0 || (await isOpenToAll(path.dirname(wanted)))) return wanted;
  const mark = createHash("sha256").update(wanted).digest("hex").slice(0, 16);
  return path.join(tmpdir(), `manage-pom-cases-and-delius-${mark}`);
}

async function isOpenToAll(directory: string): Promise<boolean> {
  const parent = path.dirname(directory);
  const othersMayEnter = 0o001;
  const found = await stat(directory).catch(() => null);
  if (found !== null && (found.mode & othersMayEnter) === 0) return false;
  return parent === directory || isOpenToAll(parent);
}

/** Makes a database, from a template where one is named. */
export async function createDatabase(serverUrl: string, name: string, template = "template1"): Promise<void> {
  await runAsSuperuser(serverUrl, `create database "${name}" template "${template}"`);
}

/** Removes a database, whoever is still connected to it. */
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

function asServerUser() {
  return userId() === 0 ? { uid: nobody, gid: nobody } : {};
}

async function initialise(bin: string, directory: string): Promise<void> {
  const version = await readFile(path.join(directory, "PG_VERSION"), "utf8").catch(() => null);
  if (version !== null) return checkVersion(bin, directory, version.trim());
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o700);
  if (userId() === 0) await chown(directory, nobody, nobody);
  const options = [
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
    "--no-instructions",
  ];
  await run(path.join(bin, "initdb"), ["-D", directory, ...options], { ...asServerUser(), cwd: "/" });
}

async function checkVersion(bin: string, directory: string, found: string): Promise<void> {
  const { stdout } = await run(path.join(bin, "postgres"), ["--version"]);
  const ours = /(\d+)\./.exec(stdout)?.[1];
  if (found === ours) return;
  throw new Error(
    `${directory} holds data of PostgreSQL ${found}, this is ${ours}: begin anew with \`npm start -- --fresh\`.`,
  );
}

interface Launch extends PostgresSettings {
  readonly port: number;
}

async function launch(bin: string, { directory, port, durable = true }: Launch): Promise<ChildProcess> {
  const options = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    timezone: "UTC",
    log_min_messages: "warning",
    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  const args = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = await open(path.join(directory, "server.log"), "a");
  // Its own session: Ctrl-C in the terminal must reach the service first, so that it can finish its work.
  const server = spawn(path.join(bin, "postgres"), ["-D", directory, ...args], {
    ...asServerUser(),
    cwd: "/",
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  server.unref();
  await waitUntilReady(server, directory);
  return server;
}

async function waitUntilReady(server: ChildProcess, directory: string): Promise<void> {
  const until = Date.now() + deadlineMs;
  while (Date.now() < until) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    const status = await readStatus(directory);
    if (status.state === "ready" && status.pid === server.pid) return;
    await wait(pollMs);
  }
  server.kill("SIGKILL");
  const log = await readFile(path.join(directory, "server.log"), "utf8");
  throw new Error(`PostgreSQL did not start: ${log.trim().split("\n").slice(-3).join(" | ")}`);
}

async function readStatus(directory: string): Promise<{ readonly pid: number; readonly state: string }> {
  const lines = (await readFile(path.join(directory, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  return { pid: Number(lines[0]), state: (lines[7] ?? "").trim() };
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  const gone = once(server, "exit");
  server.kill("SIGINT");
  await gone;
}

async function stopLeftOver(directory: string): Promise<void> {
  const { pid } = await readStatus(directory);
  if (!(pid > 0) || !(await isServerOf(pid, directory))) return;
  process.kill(pid, "SIGINT");
  const until = Date.now() + deadlineMs;
  while (await isServerOf(pid, directory)) {
    if (Date.now() > until) throw new Error(`An earlier PostgreSQL (process ${pid}) does not stop: stop it by hand.`);
    await wait(pollMs);
  }
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

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port could be found.");
  return address.port;
}
