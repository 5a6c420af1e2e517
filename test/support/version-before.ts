import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** The code of the version before this one. Dispose removes it. */
export interface VersionBefore extends AsyncDisposable {
  readonly folder: string;
}

const run = promisify(execFile);
const root = path.dirname(path.dirname(import.meta.dirname));
/** Kept with the tests, for a checkout need not have the history; `docs/upgrading.md` says when and how it is replaced. */
const archive = path.join(root, "test/data/version-before.tar.gz");

/** Lays it out in a folder of its own, on this version's packages. */
export async function layOutVersionBefore(): Promise<VersionBefore> {
  const folder = await mkdtemp(path.join(tmpdir(), "version-before-"));
  await run("tar", ["-xzf", archive, "-C", folder]);
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
