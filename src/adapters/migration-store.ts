import { z } from "zod";
import type { Executor, Statement, Transaction } from "./database.ts";

/** A migration that was applied. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

const prepare: Statement<unknown> = {
  name: "create-migration-schema",
  text: `create schema if not exists mpc_delius`,
  row: z.unknown(),
};

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

const lock: Statement<unknown> = {
  name: "lock-migrations",
  text: `select pg_advisory_xact_lock(hashtextextended('mpc_delius.migration', 0))`,
  row: z.unknown(),
};

/** Lets one process at a time migrate, and makes the record of what was applied. */
export async function prepareMigrations(tx: Transaction): Promise<void> {
  await Promise.all([tx.list(lock, []), tx.list(prepare, []), tx.list(prepareTable, [])]);
}

const applied: Statement<AppliedMigration> = {
  name: "list-migrations",
  text: `select name, checksum from mpc_delius.migration order by name`,
  row: z.object({ name: z.string(), checksum: z.string() }),
};

/** The migrations that were applied to this database. */
export function listMigrations(executor: Executor): Promise<readonly AppliedMigration[]> {
  return executor.list(applied, []);
}

const insert: Statement<unknown> = {
  name: "insert-migration",
  text: `insert into mpc_delius.migration (name, checksum) values ($1, $2)`,
  row: z.unknown(),
};

/** Records a migration as applied. */
export async function insertMigration(tx: Transaction, { name, checksum }: AppliedMigration): Promise<void> {
  await tx.list(insert, [name, checksum]);
}

const foreignTables: Statement<{ readonly count: number }> = {
  name: "count-foreign-tables",
  text: `
    select count(*)::integer as count from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema', 'mpc_delius')`,
  row: z.object({ count: z.int() }),
};

/** How many tables the database has beside our own. */
export async function countForeignTables(executor: Executor): Promise<number> {
  const [row] = await executor.list(foreignTables, []);
  return row?.count ?? 0;
}
