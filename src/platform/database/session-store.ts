import type pg from "pg";

/**
 * Ends another session of the same database user, by the number of its server process, and waits until it is gone: its
 * transaction is rolled back, and nothing that was sent to it and not yet done is done.
 */
export async function endSession(client: pg.Client, processId: number): Promise<void> {
  await client.query("select pg_terminate_backend($1, 3000)", [processId]);
}
