import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Database, Executor, Transaction } from "./database.ts";
import {
  countForeignTables,
  findMigrationTable,
  hasDeliusTables,
  insertMigration,
  listMigrations,
  prepareDeliusSchema,
  prepareMigrations,
  type AppliedMigration,
} from "./migration-store.ts";
import { UnfitDatabase } from "./unfit-database.ts";

/**
 * Whose tables a database holds: none (`empty`), Delius tables that our migrations made (`ours`), or someone else's
 * (`foreign`), where nothing but our own schema may be touched.
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

const root = new URL("../../../migrations/", import.meta.url);

const longestMs = 600_000;

const elsewhere = "DELIUS_SCHEMA names a schema without Delius's tables: set it to the one that holds them.";

/**
 * Brings a database forward, in one transaction: our own schema always, the Delius tables only where the database was
 * empty or they are of our making. Applied twice it does nothing. Raises
 * {@link UnfitDatabase} when an applied file was changed since, or the tables of Delius stand in another schema.
 */
export function migrate(database: Database): Promise<MigrationReport> {
  return database.transaction(async (tx) => {
    await prepareMigrations(tx);
    const done = await listMigrations(tx);
    const origin = await findOrigin(tx, done);
    if (origin === "empty") await prepareDeliusSchema(tx);
    else if (!(await hasDeliusTables(tx))) throw new UnfitDatabase([elsewhere]);
    const applied: string[] = [];
    for (const migration of await readMigrations(origin)) {
      if (isApplied(migration, done)) continue;
      await apply(tx, migration);
      applied.push(migration.name);
    }
    return { commit: true, value: { origin, applied } };
  }, AbortSignal.timeout(longestMs));
}

/** Whose tables a database holds, told by the record of our migrations. Changes nothing. */
export async function findDatabaseOrigin(executor: Executor): Promise<DatabaseOrigin> {
  const record = await findMigrationTable(executor);
  return findOrigin(executor, record === undefined ? [] : await listMigrations(executor));
}

/** How our own tables stand for this version of the service. */
export interface SchemaState {
  /** What keeps it from working on them: a sentence each for an operator. */
  readonly faults: readonly string[];
  /** The migrations that it does not know and can run beside. */
  readonly newer: readonly string[];
}

/** Whether this version can work on our own tables as they stand: no migration may be missing, changed or too new. */
export async function inspectMigrations(executor: Executor): Promise<SchemaState> {
  const record = await findMigrationTable(executor);
  if (record === undefined) return unfit("The database lacks the schema mpc_delius: run `npm run migrate`.");
  if (!record.isReadable) return unfit("The database user may not read mpc_delius.migration: run deploy/grants.sql.");
  const done = await listMigrations(executor);
  const known = await readMigrations(await findOrigin(executor, done));
  const isKnown = (name: string | null) => known.some((migration) => migration.name === name);
  const pending = known.filter((migration) => !done.some(({ name }) => name === migration.name));
  const changed = known.filter((migration) => done.some((one) => isChanged(migration, one)));
  const unknown = done.filter(({ name }) => !isKnown(name));
  const tooNew = unknown.filter(({ oldestVersion }) => !isKnown(oldestVersion));
  return {
    faults: [
      ...pending.map(({ name }) => `The database lacks the migration ${name}: run \`npm run migrate\`.`),
      ...changed.map(({ name }) => describeChange(name)),
      ...tooNew.map(describeNewer),
    ],
    newer: unknown.filter((migration) => !tooNew.includes(migration)).map(({ name }) => name),
  };
}

function unfit(fault: string): SchemaState {
  return { faults: [fault], newer: [] };
}

function describeNewer({ name, oldestVersion }: AppliedMigration): string {
  const who =
    oldestVersion === null ? "which only a newer version knows" : `which needs a version that knows ${oldestVersion}`;
  return `The database has the migration ${name}, ${who}: run that.`;
}

async function findOrigin(executor: Executor, done: readonly AppliedMigration[]): Promise<DatabaseOrigin> {
  if (done.some(({ name }) => name.startsWith("delius/"))) return "ours";
  return (await countForeignTables(executor)) === 0 ? "empty" : "foreign";
}

async function readMigrations(origin: DatabaseOrigin): Promise<readonly Migration[]> {
  const folders = origin === "foreign" ? ["mpc_delius"] : ["delius", "mpc_delius"];
  return (await Promise.all(folders.map(readFolder))).flat();
}

async function readFolder(folder: string): Promise<readonly Migration[]> {
  const directory = new URL(`${folder}/`, root);
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, directory), "utf8");
      const checksum = createHash("sha256").update(sql).digest("hex");
      return { name: `${folder}/${file}`, checksum, oldestVersion: readOldestVersion(sql), sql };
    }),
  );
}

/** Which version a migration says is the oldest that can run beside it, by the last migration that this version knows. */
export function readOldestVersion(sql: string): string | null {
  return /^-- Oldest version: (\S+\.sql)$/m.exec(sql)?.[1] ?? null;
}

function isApplied(migration: Migration, done: readonly AppliedMigration[]): boolean {
  if (done.some((one) => isChanged(migration, one))) throw new UnfitDatabase([describeChange(migration.name)]);
  return done.some(({ name }) => name === migration.name);
}

function isChanged({ name, checksum }: Migration, applied: AppliedMigration): boolean {
  return applied.name === name && applied.checksum !== checksum;
}

function describeChange(name: string): string {
  return `${name} was changed after it was applied: add a new migration instead.`;
}

async function apply(tx: Transaction, { sql, ...migration }: Migration): Promise<void> {
  await tx.script(sql);
  await insertMigration(tx, migration);
}
