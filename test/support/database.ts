import { randomUUID } from "node:crypto";
import pg from "pg";
import { createDatabase, dropDatabase } from "../../sandbox/embedded-postgres.ts";

/** The database of one suite, with the people of the sandbox in it. Dispose removes it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Runs a statement for the test itself and answers its rows. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** The database that {@link createTestDatabase} copies; `test/run.ts` makes it. */
export const templateName = "mpc_template";

/** Makes a database of its own for a suite, so that suites run side by side. */
export async function createTestDatabase(template: string = templateName): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await createDatabase(server, name, template);
  const url = new URL(`/${name}`, server).href;
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  return {
    url,
    query: async (text, values = []) => {
      const { rows } = await pool.query<Readonly<Record<string, unknown>>>(text, [...values]);
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await dropDatabase(server, name);
    },
  };
}

function serverUrl(): string {
  const url = process.env["TEST_POSTGRES_URL"];
  if (url === undefined) throw new Error("There is no PostgreSQL to test on: run the tests with `npm test`.");
  return url;
}
