import pg from "pg";
import type { Transaction } from "../../src/platform/database/database.ts";
import { sessionOptions } from "../../src/platform/database/session-settings.ts";

/** A statement as the driver takes it. */
export interface CapturedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What stores would send to the database, in order; they are answered nothing. */
export async function captureStatements(
  send: (tx: Transaction) => Promise<unknown>,
): Promise<readonly CapturedStatement[]> {
  const queries: CapturedStatement[] = [];
  await send({
    list: ({ name, text }, values) => {
      queries.push({ name, text, values });
      return Promise.resolve([]);
    },
    script: () => Promise.reject(new Error("A script is not captured.")),
    attemptEach: () => Promise.reject(new Error("Attempts are not captured.")),
  });
  return queries;
}

/** Opens pipelined connections with the session that the service's pools have. */
export function openClients(connectionString: string, connections: number): Promise<readonly pg.Client[]> {
  const options = sessionOptions("public");
  const connect = async () => {
    const client = new pg.Client({ connectionString, pipeline: true, options });
    await client.connect();
    return client;
  };
  return Promise.all(Array.from({ length: connections }, connect));
}
