import { randomUUID } from "node:crypto";
import pg from "pg";
import { z } from "zod";
import type { Database, Statement, Transaction } from "../../src/platform/database/database.ts";
import { openDatabase } from "../../src/platform/database/pool.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { createDatabase, dropDatabase } from "../../sandbox/embedded-postgres.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The database of one suite, with the people of the sandbox in it. Dispose removes it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Runs a statement for the test itself and answers its rows. */
  query(text: string, values?: readonly unknown[]): Promise<Rows>;
  /** Runs a statement in a transaction that stays open, as another hand in Delius would. Keep it with `await using`. */
  hold(text: string, values?: readonly unknown[]): Promise<HeldTransaction>;
}

/** A transaction that stays open until the test ends it. Dispose rolls it back: a test that fails lets go of its locks. */
export interface HeldTransaction extends AsyncDisposable {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** The database that {@link createTestDatabase} copies; `test/run.ts` makes it. */
export const templateName = "mpc_template";

/** Makes a database of its own for a suite, so that suites run side by side. */
export async function createTestDatabase(template: string = templateName): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await createDatabase(server, name, template);
  const url = new URL(`/${name}`, server).href;
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // The test may end a session on purpose; the pool replaces it.
  pool.on("error", () => undefined);
  return {
    url,
    query: async (text, values = []) => {
      const { rows } = await pool.query<Readonly<Record<string, unknown>>>(text, [...values]);
      return rows;
    },
    hold: async (text, values = []) => {
      const client = await pool.connect();
      await client.query("begin");
      await client.query(text, [...values]);
      let isOpen = true;
      const end = async (command: string) => {
        if (!isOpen) return;
        isOpen = false;
        await client.query(command).finally(() => client.release());
      };
      const rollback = () => end("rollback");
      return { commit: () => end("commit"), rollback, [Symbol.asyncDispose]: rollback };
    },
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await dropDatabase(server, name);
    },
  };
}

/** Opens a database as the service does. */
export function openStore({ url }: { readonly url: string }, schema = "public"): Database {
  return openDatabase({ url: secret(url), poolSize: 4, schema });
}

/** Waits until the session with this process number waits for someone else's lock. */
export async function untilBlocked(database: TestDatabase, pid: number): Promise<void> {
  for (;;) {
    const [row] = await database.query("select cardinality(pg_blocking_pids($1)) as blockers", [pid]);
    if (Number(row?.["blockers"]) > 0) return;
  }
}

/** The rows of a table in the order of a column, as JSON tells them. */
export async function readTable(
  database: Pick<TestDatabase, "query">,
  table: string,
  order = `${table}_id`,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await database.query(`select to_json(told) as row from ${table} told order by ${order}`);
  return rows.map(({ row }) => z.record(z.string(), z.unknown()).parse(row));
}

/** Does work in a transaction that is taken back, and answers what it made. */
export function rehearse<Value>(store: Database, work: (tx: Transaction) => Promise<Value>): Promise<Value> {
  return store.transaction(async (tx) => ({ commit: false, value: await work(tx) }), neverAborted());
}

/** Runs a test's own statements inside a transaction. */
export function queryIn(tx: Transaction): Pick<TestDatabase, "query"> {
  const row = z.record(z.string(), z.unknown());
  return { query: (text, values = []) => tx.list({ name: "", text, row }, [...values]) };
}

/** The process number of the session that a transaction runs in. */
export async function sessionOf(tx: Transaction): Promise<number> {
  const [row] = await tx.list(session, []);
  if (row === undefined) throw new Error("The session has no number.");
  return row.pid;
}

const session: Statement<{ readonly pid: number }> = {
  name: "test-session",
  text: `select pg_backend_pid() as pid`,
  row: z.object({ pid: z.int() }),
};

/** For work that no one cuts off. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

function serverUrl(): string {
  const url = process.env["TEST_POSTGRES_URL"];
  if (url === undefined) throw new Error("There is no PostgreSQL to test on: run the tests with `npm test`.");
  return url;
}
