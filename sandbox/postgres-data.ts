import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { canServerEnter, findOpenTemporaryFolder, findServerUser, userId } from "./server-user.ts";
import { UnfitPlace } from "./unfit-place.ts";

const run = promisify(execFile);
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

const originFile = "origin";
const displaced = "manage-pom-cases-and-delius-data-";

/**
 * Where the data of a server really lies: in the directory itself, or, where the user that the server runs as cannot
 * enter it (root's home is closed to `nobody`), in a folder of its own beside the system's temporary files. Raises
 * {@link UnfitPlace} where that user can enter neither.
 */
export async function locateData(directory: string): Promise<string> {
  const wanted = path.resolve(directory);
  const isAtHome = userId() !== 0 || (await readVersion(wanted)) !== null;
  if (isAtHome || (await canServerEnter(path.dirname(wanted)))) return wanted;
  const mark = createHash("sha256").update(wanted).digest("hex").slice(0, 16);
  return path.join(await findOpenTemporaryFolder(wanted), displaced + mark, "data");
}

/** The data beside the temporary files whose checkout is gone. */
export async function listOrphans(): Promise<readonly string[]> {
  if (userId() !== 0) return [];
  // A temporary folder that is missing or cannot be read keeps no one from starting: nothing of ours lies in it.
  const found = await readdir(tmpdir()).catch(() => []);
  const folders = found.filter((name) => name.startsWith(displaced));
  const judged = await Promise.all(folders.map((name) => judgeOrphan(path.join(tmpdir(), name))));
  return judged.flatMap((data) => data ?? []);
}

async function judgeOrphan(folder: string): Promise<string | null> {
  const { uid } = await lstat(folder);
  const origin = await readFile(path.join(folder, originFile), "utf8").catch(() => null);
  const isKept = uid !== 0 || origin === null || existsSync(path.dirname(origin));
  return isKept ? null : path.join(folder, "data");
}

/** Removes the data of a server that does not run. */
export async function removeData(directory: string): Promise<void> {
  const folder = path.dirname(directory);
  const gone = path.basename(folder).startsWith(displaced) ? folder : directory;
  await rm(gone, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function makeParent(directory: string, origin: string): Promise<void> {
  const folder = path.dirname(directory);
  await mkdir(folder, { recursive: true });
  if (directory === path.resolve(origin)) return;
  await chmod(folder, 0o755);
  await writeFile(path.join(folder, originFile), path.resolve(origin));
}

/** Where the data of a server lies, and where it was wanted; see {@link locateData}. */
export interface DataPlace {
  readonly directory: string;
  readonly origin: string;
  /** Gives up making new data. */
  readonly stop?: AbortSignal | undefined;
}

/** Makes the data directory of a server where there is none. Raises where it is of another version of PostgreSQL. */
export async function prepareData(bin: string, { directory, origin, stop }: DataPlace): Promise<void> {
  const version = await readVersion(directory);
  if (version !== null) return checkVersion(bin, directory, version);
  await makeParent(directory, origin);
  // Made under another name first: whatever happens meanwhile, what bears the right name is whole.
  const draft = await mkdtemp(`${directory}-`);
  try {
    await initialise(bin, draft, stop);
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

async function initialise(bin: string, directory: string, signal: AbortSignal | undefined): Promise<void> {
  await chmod(directory, 0o700);
  const user = await findServerUser(directory);
  if (user.uid !== undefined && user.gid !== undefined) await chown(directory, user.uid, user.gid);
  const initialising = run(path.join(bin, "initdb"), ["-D", directory, ...initdbOptions], {
    ...user,
    cwd: "/",
    signal,
  });
  // Being stopped rejects at once, while it may still write.
  const gone = new Promise((resolve) => initialising.child.once("close", resolve));
  try {
    await initialising;
  } catch (error) {
    await gone;
    throw error;
  }
}

async function checkVersion(bin: string, directory: string, found: string): Promise<void> {
  const { stdout } = await run(path.join(bin, "postgres"), ["--version"], { cwd: "/" });
  const ours = /(\d+)\./.exec(stdout)?.[1];
  if (found === ours) return;
  throw new UnfitPlace(
    `${directory} holds data of PostgreSQL ${found}, and this is ${ours}: \`npm start -- --fresh\` begins anew.`,
  );
}
