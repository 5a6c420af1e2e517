import type { z } from "zod";
import type { Tracing } from "../process/tracing.ts";

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
   * Raises `DependencyError` (`database`), or `UnreadableRowError` where a row does not fit its schema.
   */
  list<Row, Bound extends unknown[]>(statement: Statement<Row, Bound>, values: NoInfer<Bound>): Promise<readonly Row[]>;
}

/** An open transaction, READ COMMITTED. */
export interface Transaction extends Executor {
  /** Runs a migration's text, of any number of statements. */
  script(sql: string): Promise<void>;
  /**
   * Does works one after the other; where one fails, its statements alone are taken back. What each starts at once travels together with
   * the others' statements. Answers what each failed with, null for success. Raises `DependencyError` (`database`) where the
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
   * Raises `DependencyError` (`database`).
   */
  transaction<Value>(work: (tx: Transaction) => Promise<CommitDecision<Value>>, signal: AbortSignal): Promise<Value>;
}

/** A database, and how its connections are used. */
export interface PooledDatabase extends Database {
  connections(): ConnectionCounts;
}

/** The connections of a pool, and the work that waits for one. */
export interface ConnectionCounts {
  readonly used: number;
  readonly idle: number;
  readonly pending: number;
  readonly max: number;
}

/** The system that spans of the database name. */
export const postgresql = { "db.system.name": "postgresql" } as const;

/** A database whose transactions note each statement, by name, as an event of the span under way. */
export function traceStatements(database: Database, tracing: Tracing): Database {
  if (!tracing.isOn) return database;
  return {
    ...database,
    transaction: (work, signal) => {
      const span = tracing.current();
      return database.transaction(
        (tx) =>
          work({
            ...tx,
            list: (statement, values) => {
              span.addEvent(statement.name);
              return tx.list(statement, values);
            },
          }),
        signal,
      );
    },
  };
}

/** A database whose transactions each are a span of this name, with each statement as an event. */
export function traceTransactions(database: Database, tracing: Tracing, name: string): Database {
  if (!tracing.isOn) return database;
  const traced = traceStatements(database, tracing);
  const start = { name, kind: "client", attributes: postgresql } as const;
  return {
    ...traced,
    transaction: (work, signal) => tracing.trace(start, () => traced.transaction(work, signal)),
  };
}
