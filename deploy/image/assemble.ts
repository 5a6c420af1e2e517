import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { z } from "zod";

// Lays out the whole file tree of the image: Node, what it is linked with, the service, and nothing else. The build of the
// image calls it, and so do the tests, which need no container engine for that.

/** What the image holds of this repository beside its packages; of a folder, all but its tests. */
const contents = ["LICENSE", "package.json", "docs/asyncapi.yaml", "migrations", "deploy/image/health-check.ts", "src"];

const imageUser = { uid: 2000, gid: 2000 };

/** Names for the user that the image runs as, and where the C library looks for hosts. */
const settings = {
  "etc/passwd": "service:x:2000:2000:service:/:/none\n",
  "etc/group": "service:x:2000:\n",
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

const root = path.resolve(import.meta.dirname, "../..");
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean(), optional: z.boolean(), devOptional: z.boolean() }).partial(),
  ),
});

/** The folders of the packages that production needs, as the lock file names them. */
export function listProductionPackages(): readonly string[] {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")));
  const { "": _self, ...others } = packages;
  return Object.entries(others).flatMap(([folder, { dev, optional, devOptional }]) =>
    dev === true || optional === true || devOptional === true ? [] : folder,
  );
}

/** Lays out the image in a folder that does not exist yet, for all to read and for none to write. */
export function assembleImage(target: string): void {
  const service = path.join(target, "app");
  for (const item of contents) copy(item, service, (file) => !file.endsWith(".test.ts"));
  for (const folder of listProductionPackages()) copy(folder, service, isRun);
  const programs = Object.entries({ "usr/local/bin/node": process.execPath, ...findLibraries() });
  for (const [file, source] of programs) copyFileSync(source, makeWay(target, file));
  for (const [file, text] of Object.entries(settings)) writeFileSync(makeWay(target, file), text);
  const cache = path.join(service, "compile-cache");
  mkdirSync(cache);
  for (const [file] of programs) chmodSync(path.join(target, file), 0o755);
  if (process.getuid?.() !== 0) compileCode({ service, cache });
  else {
    chownSync(cache, imageUser.uid, imageUser.gid);
    // The image's Node, for its user may not be let into the folder of ours.
    compileCode({ service, cache, node: path.join(target, "usr/local/bin/node"), user: imageUser });
  }
  makeReadOnly(target);
  for (const [file] of programs) chmodSync(path.join(target, file), 0o555);
}

const loadAll = `
  import { globSync } from "node:fs";
  for (const file of globSync("src/**/*.ts", { exclude: ["**/*.test.ts"] })) await import("./" + file);`;

interface Compilation {
  readonly service: string;
  readonly cache: string;
  readonly node?: string;
  readonly user?: Partial<typeof imageUser>;
}

/**
 * Compiles all code below a folder that production may load, so that Node finds it in the cache when `NODE_COMPILE_CACHE` names that and
 * `NODE_COMPILE_CACHE_PORTABLE` is 1. Node uses what was compiled by the same version for the same user on the same kind of processor,
 * at the same place beside the cache; anything else it compiles at the start, as without a cache.
 */
export function compileCode({ service, cache, node = process.execPath, user = {} }: Compilation): void {
  const environment = { NODE_COMPILE_CACHE: cache, NODE_COMPILE_CACHE_PORTABLE: "1" };
  const words = ["--input-type=module", "--eval", loadAll];
  execFileSync(node, words, { cwd: service, env: environment, stdio: "inherit", ...user });
}

const reportSchema = z.object({ sharedObjects: z.array(z.string()) });

/** The shared libraries of this process and the program that loads them, by their places in the image; Linux alone has files for all. */
function findLibraries(): Readonly<Record<string, string>> {
  if (process.platform !== "linux") return {};
  const { sharedObjects } = reportSchema.parse(process.report.getReport());
  // The kernel's own comes from no file.
  const files = sharedObjects.filter((file) => path.isAbsolute(file) && file !== process.execPath);
  return Object.fromEntries(files.map((file) => [file, file]));
}

// A package inside another has a line of its own in the lock file. Types, sources and maps are for those who write code.
const notRun =
  /^(node_modules|test|tests|testing|__tests__|benchmarks?|examples?|\.github|.*\.(map|[cm]?ts|test\.[cm]?js))$/;

function isRun(file: string): boolean {
  return !notRun.test(path.basename(file));
}

function copy(item: string, target: string, isWanted: (file: string) => boolean): void {
  cpSync(path.join(root, item), path.join(target, item), { recursive: true, filter: isWanted });
}

/** Where a file goes, in a folder that is there. */
function makeWay(target: string, file: string): string {
  const place = path.join(target, file);
  mkdirSync(path.dirname(place), { recursive: true });
  return place;
}

function makeReadOnly(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) makeReadOnly(place);
    else chmodSync(place, 0o444);
  }
  chmodSync(folder, 0o555);
}

if (import.meta.main) {
  const [target] = process.argv.slice(2);
  if (target === undefined) throw new Error("Usage: node deploy/image/assemble.ts <folder that does not exist yet>");
  assembleImage(path.resolve(target));
}
