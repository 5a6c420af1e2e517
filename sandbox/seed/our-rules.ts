/** What can run a statement. */
interface Database {
  query(sql: string): Promise<unknown>;
}

/** Leaves what Delius itself holds, as in a database that we did not create: drops the constraints that are ours alone. */
export async function dropOurRules(database: Database): Promise<void> {
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
