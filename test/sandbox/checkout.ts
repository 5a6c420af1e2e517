import { chmod, cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { removePostgres } from "../../sandbox/embedded-postgres.ts";
import { root } from "./sandbox-process.ts";

/** A copy of the project. Dispose removes it, and what a sandbox kept in it. */
export interface Checkout extends AsyncDisposable {
  readonly directory: string;
}

/** Copies what `npm start` needs of the project, or only some of its files, to a folder with a space in its name. */
export async function copyCheckout(files: readonly string[] = ["sandbox"]): Promise<Checkout> {
  const directory = await mkdtemp(path.join(tmpdir(), "check out-"));
  await chmod(directory, 0o755);
  await mkdir(path.join(directory, "sandbox"));
  for (const file of ["package.json", "docs", "migrations", "src", ...files]) {
    await cp(path.join(root, file), path.join(directory, file), { recursive: true });
  }
  await symlink(path.join(root, "node_modules"), path.join(directory, "node_modules"));
  return {
    directory,
    [Symbol.asyncDispose]: async () => {
      await removePostgres({ directory: path.join(directory, ".sandbox", "postgres") });
      await rm(directory, { recursive: true, force: true });
    },
  };
}
