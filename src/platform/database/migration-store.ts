import { z } from "zod";
import type { Executor, Statement, Transaction } from "./database.ts";

/** A migration that was applied. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** The migration that a version must know to run beside this one; null where it does not say, so it must know this one. */
  readonly oldestVersion: string | null;
}

const limits: Statement<unknown> = {
  name: "lift-session-limits",
  text: `select set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)`,
  row: z.unknown(),
};

const lock: Statement<unknown> = {
  name: "lock-migrations",
  text: `select pg_advisory_xact_lock(hashtextextended('mpc_delius.migration', 0))`,
  row: z.unknown(),
};

// A user who may not create schemas can have one made for them: `if not exists` alone would ask for the right to.
const prepare: Statement<unknown> = {
  name: "create-own-schema",
  text: `
    do $$ begin
      if to_regnamespace('mpc_delius') is null then
        create schema mpc_delius;
      end if;
    end $$`,
  row: z.unknown(),
};

const findDelius: Statement<{ readonly found: boolean }> = {
  name: "find-delius-tables",
  text: `select to_regclass('offender') is not null as found`,
  row: z.object({ found: z.boolean() }),
};

/** Whether the schema that the session looks in holds Delius's tables. */
export async function hasDeliusTables(executor: Executor): Promise<boolean> {
  const [row] = await executor.list(findDelius, []);
  return row?.found === true;
}

const prepareTable: Statement<unknown> = {
  name: "create-migration-table",
  text: `
    create table if not exists mpc_delius.migration (
      name       text primary key,
      checksum   text not null,
      applied_at timestamptz(3) not null default clock_timestamp()
    )`,
  row: z.unknown(),
};

// Apart, for tables that stand already.
const prepareOldestVersion: Statement<unknown> = {
  name: "add-oldest-version",
  text: `alter table mpc_delius.migration add column if not exists oldest_version text`,
  row: z.unknown(),
};

/**
 * Lets one process at a time migrate, and makes the record of what was applied. A migration may wait and run for longer
 * than the limits of a session that serves messages.
 */
export async function prepareMigrations(tx: Transaction): Promise<void> {
  await Promise.all([tx.list(limits, []), tx.list(lock, []), tx.list(prepare, [])]);
  await Promise.all([tx.list(prepareTable, []), tx.list(prepareOldestVersion, [])]);
}

const deliusSchema: Statement<unknown> = {
  name: "create-delius-schema",
  text: `
    do $$ begin
      if current_schema() is null then
        execute format('create schema %I', lower(current_setting('search_path')));
      end if;
    end $$`,
  row: z.unknown(),
};

/** Makes the schema for Delius's tables in an empty database, where it is not there. */
export async function prepareDeliusSchema(tx: Transaction): Promise<void> {
  await tx.list(deliusSchema, []);
}

const table: Statement<{ readonly isReadable: boolean }> = {
  name: "find-migration-table",
  text: `
    select has_schema_privilege(home.oid, 'usage') and has_table_privilege(record.oid, 'select') as "isReadable"
    from pg_namespace home
    join pg_class record on record.relnamespace = home.oid and record.relname = 'migration'
    where home.nspname = 'mpc_delius'`,
  row: z.object({ isReadable: z.boolean() }),
};

/** The record of migrations, and whether the database user may read it; undefined where nothing was ever applied. */
export async function findMigrationTable(executor: Executor): Promise<{ readonly isReadable: boolean } | undefined> {
  const [row] = await executor.list(table, []);
  return row;
}

// By way of JSON, because the column is missing until this version, or one after it, has migrated.
const applied: Statement<AppliedMigration> = {
  name: "list-migrations",
  text: `
    select name, checksum, to_jsonb(migration) ->> 'oldest_version' as "oldestVersion"
    from mpc_delius.migration order by name`,
  row: z.object({ name: z.string(), checksum: z.string(), oldestVersion: z.string().nullable() }),
};

/** The migrations that were applied to this database. */
export function listMigrations(executor: Executor): Promise<readonly AppliedMigration[]> {
  return executor.list(applied, []);
}

const insert: Statement<unknown, [name: string, checksum: string, oldestVersion: string | null]> = {
  name: "insert-migration",
  text: `insert into mpc_delius.migration (name, checksum, oldest_version) values ($1, $2, $3)`,
  row: z.unknown(),
};

/** Records a migration as applied. */
export async function insertMigration(tx: Transaction, migration: AppliedMigration): Promise<void> {
  await tx.list(insert, [migration.name, migration.checksum, migration.oldestVersion]);
}

const foreignTables: Statement<{ readonly count: number }> = {
  name: "count-foreign-tables",
  text: `
    select count(*)::integer as count
    from pg_class relation
    join pg_namespace home on home.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'f', 'v', 'm')
      and home.nspname not in ('pg_catalog', 'information_schema', 'mpc_delius') and home.nspname !~ '^pg_(toast|temp)'
      and not exists (select 1 from pg_depend where classid = 'pg_class'::regclass and objid = relation.oid and deptype = 'e')`,
  row: z.object({ count: z.int() }),
};

/** How many tables the database has beside our own and those of its extensions, whether or not its user may see into them. */
export async function countForeignTables(executor: Executor): Promise<number> {
  const [row] = await executor.list(foreignTables, []);
  return row?.count ?? 0;
}
