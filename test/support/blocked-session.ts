import type { TestDatabase } from "./test-database.ts";

/** Waits until some session of the database waits for a lock. */
export function untilSomebodyWaits(database: TestDatabase): Promise<void> {
  return untilWaiting(database, 1);
}

/** Waits until so many sessions of the database wait for a lock. */
export async function untilWaiting(database: TestDatabase, sessions: number): Promise<void> {
  for (;;) {
    const rows = await database.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows.length >= sessions) return;
  }
}
