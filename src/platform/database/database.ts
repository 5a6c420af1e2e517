import type pg from "pg";
import type { z } from "zod";
import { attemptEach } from "./attempts.ts";
import { UnreadableRowError, failureClassOf } from "./database-failure.ts";
import { DependencyError } from "../process/dependency-error.ts";

/** One SQL statement of a store: prepared once a connection under its name, its rows parsed by schema. */
export interface Statement<Row, Bound extends unknown[] = []> {
  readonly name: string;
  readonly text: string;
  readonly row: z.ZodType<Row>;
  /** The types of the values that it binds, `$1` first; never set. */
  readonly bound?: Bound;
}

/** Something that runs a store's statements: the pool for single reads, or a transaction. */
export interface Executor {
  /**
   * Runs a statement and answers all its rows. Statements that are started together travel together.
   * Raises {@link DependencyError} (`database`), or `UnreadableRowError` where a row does not fit its schema.
   */
  list<Row, Bound extends unknown[]>(statement: Statement<Row, Bound>, values: NoInfer<Bound>): Promise<readonly Row[]>;
}

/** An open transaction, READ COMMITTED. */
export interface Transaction extends Executor {
  /** Runs a migration's text, of any number of statements. */
  script(sql: string): Promise<void>;
  /**
   * Does works one after the other; where one fails, its statements alone are taken back. What each starts at once travels together with
   * the others' statements. Answers what each failed with, null for success. Raises {@link DependencyError} (`database`) where the
   * transaction as a whole failed.
   */
  attemptEach(works: readonly (() => Promise<unknown>)[]): Promise<readonly (Error | null)[]>;
}

/** Says whether a transaction is to be committed; its value is answered either way. */
export interface CommitDecision<Value> {
  readonly commit: boolean;
  readonly value: Value;
  /** Statements that were started just before, and travel with the commit. */
  readonly writes?: readonly Promise<unknown>[];
}

/** The Delius database with our own schema in it. */
export interface Database extends Executor, AsyncDisposable {
  /**
   * Runs `work` in a transaction and commits as it says; anything raised rolls back. When `signal` aborts, the connection
   * is cut and its session ended, and the signal's reason is raised: nothing can be committed after that.
   * Raises {@link DependencyError} (`database`).
   */
  transaction<Value>(work: (tx: Transaction) => Promise<CommitDecision<Value>>, signal: AbortSignal): Promise<Value>;
}

/** Does a query. Anything that fails is a {@link DependencyError} of the database, named by its SQLSTATE or cause. */
export async function guard<Value>(query: () => Promise<Value>): Promise<Value> {
  try {
    // A connection whose address names a file that cannot be read fails before there is a promise.
    return await query();
  } catch (error) {
    throw new DependencyError("database", failureClassOf(error), error);
  }
}

/** Runs a statement as {@link Executor} promises. */
export async function run<Row>(
  client: pg.Pool | pg.PoolClient,
  { name, text, row }: Statement<Row, unknown[]>,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } = await guard(() => client.query({ name, text, values: [...values] }));
  return rows.map((columns: unknown) => {
    const { data, error, success } = row.safeParse(columns);
    if (!success) throw new UnreadableRowError(name, columns, error);
    return data;
  });
}

/** Runs work in a transaction of this connection, as {@link Database} promises. */
export async function conduct<Value>(
  client: pg.PoolClient,
  work: (tx: Transaction) => Promise<CommitDecision<Value>>,
): Promise<Value> {
  const { tx, send, failures } = openTransaction(client);
  try {
    const begun = send("begin");
    const ended = work(tx).then(({ commit, value, writes = [] }) => {
      const written = Promise.all(writes);
      // Heard of when the transaction ends, which may be later than a write fails.
      written.catch(() => undefined);
      return { commit, value, written };
    });
    const [{ commit, value, written }] = await Promise.all([ended, begun]);
    // A write that failed before it was sent must keep the commit from being sent.
    await Promise.race([written, new Promise((resolve) => process.nextTick(resolve))]);
    const [{ command }] = await Promise.all([send(commit ? "commit" : "rollback"), written]);
    if (commit && command !== "COMMIT") throw new DependencyError("database", `commit answered ${command}`);
    return value;
  } catch (error) {
    throw failures[0] ?? error;
  }
}

/** A transaction that has not begun. Its statements travel and fail together: only the first failure says why, and whether it passes. */
function openTransaction(client: pg.PoolClient) {
  const { stream } = client.connection;
  const failures: unknown[] = [];
  let noted = failures;
  const ask = async <Answer>(query: () => Promise<Answer>): Promise<Answer> => {
    const list = noted;
    // What is sent until nothing is left to do but to wait goes out in one piece, and reaches the server as one.
    stream.cork();
    process.nextTick(() => stream.uncork());
    try {
      return await query();
    } catch (error) {
      list.push(error);
      throw error;
    }
  };
  const send = (text: string) => ask(() => guard(() => client.query(text)));
  const noteIn = (own: unknown[] | null) => {
    noted = own ?? failures;
  };
  const tx: Transaction = {
    list: (statement, values) => ask(() => run(client, statement, values)),
    script: async (sql) => {
      await send(sql);
    },
    attemptEach: (works) => attemptEach(works, { stream, send, noteIn }),
  };
  return { tx, send, failures };
}
