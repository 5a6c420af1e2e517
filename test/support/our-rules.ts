import type { TestDatabase } from "./test-database.ts";

/** Leaves what Delius itself holds, as in a database that we did not create. */
export async function dropOurRules(database: Pick<TestDatabase, "query">): Promise<void> {
  await database.query(`
    do $$
    declare
      rule record;
    begin
      for rule in select conrelid::regclass as relation, conname as name from pg_constraint where conname like 'ours\\_%' loop
        execute format('alter table %s drop constraint %I', rule.relation, rule.name);
      end loop;
    end $$`);
}
