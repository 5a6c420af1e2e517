import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** The code of a version to come: this one, with migrations more that this one does not know. Dispose removes it. */
export interface NewerVersion extends AsyncDisposable {
  readonly folder: string;
  /** Adds a migration of our own schema; `oldest` is the last migration that a version must know to run beside it. */
  addMigration(name: string, oldest: string, sql: string): Promise<void>;
  /** Runs its `migrate` and answers what it says. */
  migrate(databaseUrl: string): Promise<string>;
}

const run = promisify(execFile);
const root = path.dirname(path.dirname(import.meta.dirname));
const code = ["src", "migrations", "package.json", "docs/asyncapi.yaml"];

/** Lays it out in a folder of its own. */
export async function createNewerVersion(): Promise<NewerVersion> {
  const folder = await mkdtemp(path.join(tmpdir(), "newer-version-"));
  await Promise.all(code.map((item) => cp(path.join(root, item), path.join(folder, item), { recursive: true })));
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  return {
    folder,
    addMigration: (name, oldest, sql) =>
      writeFile(path.join(folder, "migrations", name), `-- Oldest version: ${oldest}\n${sql}\n`),
    migrate: async (databaseUrl) => {
      const { PATH } = process.env;
      const options = { cwd: folder, env: { PATH, DATABASE_URL: databaseUrl } };
      const { stdout } = await run(process.execPath, ["src/commands/cli.ts", "migrate"], options);
      return stdout;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** The newest migration of our own schema that this version knows. */
export async function findNewestMigration(): Promise<string> {
  const files = await readdir(path.join(root, "migrations/mpc_delius"));
  return `mpc_delius/${files.toSorted().at(-1)}`;
}
