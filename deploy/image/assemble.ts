import { chmodSync, cpSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

// Lays out what production runs on, and nothing else. The build of the image calls it, and so do the tests, which need no
// container engine for that.

/** What the image holds of this repository beside its packages; of a folder, all but its tests. */
const contents = ["LICENSE", "package.json", "docs/asyncapi.yaml", "migrations", "deploy/image/health-check.ts", "src"];

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

/** Copies what production needs into a folder that does not exist yet, for all to read and for none to write. */
export function assembleImage(target: string): void {
  for (const item of contents) copy(item, target, (file) => !file.endsWith(".test.ts"));
  for (const folder of listProductionPackages()) copy(folder, target, isRun);
  makeReadOnly(target);
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
