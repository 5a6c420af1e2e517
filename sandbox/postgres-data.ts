import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { userId } from "./postgres-binaries.ts";

const run = promisify(execFile);
const nobody = 65534;
const initdbOptions = [
  "--username=postgres",
  "--auth=trust",
  "--encoding=UTF8",
  "--no-locale",
  // Names are compared without regard to case: É and é are one letter, on every machine.
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--no-sync",
  "--no-instructions",
];

/** Whom a program of PostgreSQL runs as; empty for whoever we are. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Where the data of a server really lies: in the directory itself, or, where the user that the server runs as cannot
 * enter it (root's home is closed to `nobody`), in a folder of its own beside the system's temporary files.
 */
export async function locateData(directory: string): Promise<string> {
  const wanted = path.resolve(directory);
  const isAtHome = userId() !== 0 || (await readVersion(wanted)) !== null;
  if (isAtHome || (await isOpenToAll(path.dirname(wanted)))) return wanted;
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

/** PostgreSQL refuses root: for root it runs as whoever owns the data, `nobody` at first. */
export async function findServerUser(directory: string): Promise<ServerUser> {
  if (userId() !== 0) return {};
  const found = await stat(directory).catch(() => null);
  if (found === null || found.uid === 0) return { uid: nobody, gid: nobody };
  return { uid: found.uid, gid: found.gid };
}

/** Makes the data directory of a server where there is none. Raises where it is of another version of PostgreSQL. */
export async function prepareData(bin: string, directory: string): Promise<void> {
  const version = await readVersion(directory);
  if (version !== null) return checkVersion(bin, directory, version);
  await mkdir(path.dirname(directory), { recursive: true });
  // Made under another name first: whatever happens meanwhile, what bears the right name is whole.
  const draft = await mkdtemp(`${directory}-`);
  try {
    await initialise(bin, draft);
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** The version of PostgreSQL that the data in a directory is of; null where there is none. */
export async function readVersion(directory: string): Promise<string | null> {
  const text = await readFile(path.join(directory, "PG_VERSION"), "utf8").catch(() => null);
  return text?.trim() ?? null;
}

async function initialise(bin: string, directory: string): Promise<void> {
  await chmod(directory, 0o700);
  const user = await findServerUser(directory);
  if (user.uid !== undefined && user.gid !== undefined) await chown(directory, user.uid, user.gid);
  await run(path.join(bin, "initdb"), ["-D", directory, ...initdbOptions], { ...user, cwd: "/" });
}

async function checkVersion(bin: string, directory: string, found: string): Promise<void> {
  const { stdout } = await run(path.join(bin, "postgres"), ["--version"], { cwd: "/" });
  const ours = /(\d+)\./.exec(stdout)?.[1];
  if (found !== ours) throw new Error(`${directory} holds data of PostgreSQL ${found}; this is ${ours}.`);
}
