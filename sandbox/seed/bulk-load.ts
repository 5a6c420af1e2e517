import type pg from "pg";

interface Check {
  readonly drop: string;
  readonly make: string;
}

/**
 * Runs `load` without the indexes and constraints that are dearer row by row than all at once, and makes them again: the
 * database still checks everything that was loaded. For a transaction of the tables' owner, on tables that no one else
 * uses yet.
 */
export async function loadInBulk(client: pg.ClientBase, load: () => Promise<void>): Promise<void> {
  const checks = await listChecks(client);
  await client.query("set local maintenance_work_mem = '256MB'");
  for (const { drop } of checks) await client.query(drop);
  await load();
  for (const { make } of checks) await client.query(make);
}

// Keys and unique codes stay: what refers to them needs them, and they grow in order.
async function listChecks(client: pg.ClientBase): Promise<readonly Check[]> {
  const { rows } = await client.query<{ drop: string; make: string }>(`
    select format('drop index %I', indexname) as drop, indexdef as make
    from pg_indexes
    where schemaname = current_schema()
      and not exists (select from pg_constraint where conname = indexname and connamespace = current_schema()::regnamespace)
    union all
    select format('alter table %s drop constraint %I', conrelid::regclass, conname),
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint
    where connamespace = current_schema()::regnamespace and contype in ('f', 'x')`);
  return rows;
}
