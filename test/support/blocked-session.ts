import type { TestDatabase } from "./test-database.ts";

/** Waits until some session of the database waits for a lock. */
export async function untilSomebodyWaits(database: TestDatabase): Promise<void> {
  for (;;) {
    const rows = await database.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
  }
}
