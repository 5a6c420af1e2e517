import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Database, Transaction } from "./database.ts";
import {
  countForeignTables,
  insertMigration,
  listMigrations,
  prepareMigrations,
  type AppliedMigration,
} from "./migration-store.ts";

/**
 * Whose tables a database holds: none (`empty`), Delius tables that our migrations made (`ours`), or somebody else's
 * (`foreign`), where nothing but our own schema may be touched (spec 2).
 */
export type DatabaseOrigin = "empty" | "ours" | "foreign";

/** What a migration did. */
export interface MigrationReport {
  readonly origin: DatabaseOrigin;
  readonly applied: readonly string[];
}

interface Migration extends AppliedMigration {
  readonly sql: string;
}

const root = new URL("../../migrations/", import.meta.url);

/**
 * Brings a database forward, in one transaction: our own schema always, the Delius tables only where the database was
 * empty or they are of our making. Applied twice it does nothing. Raises when an applied file was changed since.
 */
export function migrate(database: Database): Promise<MigrationReport> {
  return database.transaction(async (tx) => {
    await prepareMigrations(tx);
    const done = await listMigrations(tx);
    const origin = await findOrigin(tx, done);
    const folders = origin === "foreign" ? ["mpc_delius"] : ["delius", "mpc_delius"];
    const wanted = (await Promise.all(folders.map(readFolder))).flat();
    const applied: string[] = [];
    for (const migration of wanted) {
      if (isApplied(migration, done)) continue;
      await apply(tx, migration);
      applied.push(migration.name);
    }
    return { commit: true, value: { origin, applied } };
  }, AbortSignal.timeout(60_000));
}

/** Whose tables a database holds, told by the record of our migrations. */
export async function findDatabaseOrigin(database: Database): Promise<DatabaseOrigin> {
  if ((await countForeignTables(database)) === 0) return "empty";
  return database.transaction(async (tx) => {
    await prepareMigrations(tx);
    return { commit: false, value: await findOrigin(tx, await listMigrations(tx)) };
  }, AbortSignal.timeout(60_000));
}

async function findOrigin(tx: Transaction, done: readonly AppliedMigration[]): Promise<DatabaseOrigin> {
  if (done.some(({ name }) => name.startsWith("delius/"))) return "ours";
  return (await countForeignTables(tx)) === 0 ? "empty" : "foreign";
}

async function readFolder(folder: string): Promise<readonly Migration[]> {
  const directory = new URL(`${folder}/`, root);
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, directory), "utf8");
      return { name: `${folder}/${file}`, checksum: createHash("sha256").update(sql).digest("hex"), sql };
    }),
  );
}

function isApplied({ name, checksum }: Migration, done: readonly AppliedMigration[]): boolean {
  const match = done.find((one) => one.name === name);
  if (match === undefined) return false;
  if (match.checksum !== checksum)
    throw new Error(`${name} was changed after it was applied: add a new migration instead.`);
  return true;
}

async function apply(tx: Transaction, { sql, ...migration }: Migration): Promise<void> {
  await tx.script(sql);
  await insertMigration(tx, migration);
}
