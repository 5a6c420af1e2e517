import pg from "pg";
import { z } from "zod";
import { afterEverythingStarted, attemptEach, recordFailures } from "./attempts.ts";
import { columnTypes } from "./column-types.ts";
import { prepareAddress } from "./database-address.ts";
import { DependencyError } from "../process/dependency-error.ts";
import type { Secret } from "../process/secret.ts";
import { sessionLimits, sessionOptions } from "./session-settings.ts";
import { endSession } from "./session-store.ts";
import { readRow, guard } from "./database-failure.ts";

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

/** How to reach the database. `schema` is where Delius's tables stand. */
export interface DatabaseSettings {
  readonly url: Secret;
  readonly poolSize: number;
  readonly schema: string;
  /** The server refuses every write and row lock of these connections, so no writer ever waits for them. */
  readonly isReadOnly?: boolean;
  /** For look-ups that someone waits for: milliseconds to wait for a connection and for an answer. */
  readonly patience?: { readonly connect: number; readonly answer: number };
}

const milliseconds = {
  connect: 5_000,
  // Longer than any statement may run: a connection whose other side is lost without a word must not hold work for ever.
  answer: 20_000,
  endSession: { connect: 3_000, answer: 4_000 },
};

/** Opens a pool of connections with the limits of `sessionSettings`. Connects on first use; dispose closes it. */
export function openDatabase({ url, poolSize, schema, patience, isReadOnly }: DatabaseSettings): PooledDatabase {
  const pool = new pg.Pool({
    connectionString: prepareAddress(url.reveal()),
    max: poolSize,
    pipeline: true,
    types: columnTypes(),
    application_name: "manage-pom-cases-and-delius",
    options: sessionOptions(schema, isReadOnly),
    connectionTimeoutMillis: patience?.connect ?? milliseconds.connect,
    lock_timeout: sessionLimits.lock_timeout,
    statement_timeout: patience?.answer ?? sessionLimits.statement_timeout,
    idle_in_transaction_session_timeout: sessionLimits.idle_in_transaction_session_timeout,
    keepAlive: true,
    query_timeout: patience?.answer ?? milliseconds.answer,
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on("error", ignore);
  return {
    list: (statement, values) => run(pool, statement, values),
    transaction: (work, signal) => transact(pool, work, signal),
    connections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      pending: pool.waitingCount,
      max: poolSize,
    }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

async function run<Row>(
  client: pg.Pool | pg.PoolClient,
  { name, text, row }: Statement<Row, unknown[]>,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } = await guard(() => client.query({ name, text, values: [...values] }));
  return rows.map((columns) => readRow(name, row, columns));
}

async function transact<Value>(
  pool: pg.Pool,
  work: (tx: Transaction) => Promise<CommitDecision<Value>>,
  signal: AbortSignal,
): Promise<Value> {
  signal.throwIfAborted();
  const client = await guard(() => pool.connect());
  // When the connection breaks, its statements fail; the event itself, unheard, would end the process.
  client.on("error", ignore);
  const cut = () => client.connection.stream.destroy();
  signal.addEventListener("abort", cut, { once: true });
  try {
    signal.throwIfAborted();
    const value = await conduct(client, work);
    client.release();
    return value;
  } catch (error) {
    const isSound = leavesSessionSound(error) && (await isRolledBack(client));
    client.release(!isSound);
    if (signal.aborted) await endSessionOf(client, pool.options);
    signal.throwIfAborted();
    throw error;
  } finally {
    client.removeListener("error", ignore);
    signal.removeEventListener("abort", cut);
  }
}

// A column was altered: the plans of this session are of no use any more.
const staleSession = "0A000";

/**
 * Whether a session may be used again when it has rolled back. It need not be replaced for a row that the server refuses: a new one plans
 * every statement anew, which costs many times what a transaction does. Nothing is known of one that is late or has broken.
 */
function leavesSessionSound(error: unknown): boolean {
  if (!(error instanceof DependencyError)) return true;
  return error.cause instanceof pg.DatabaseError && error.errorClass !== staleSession;
}

/** Answers when all that was sent before has been answered too. */
async function isRolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    return (await client.query("rollback")).command === "ROLLBACK";
  } catch {
    return false;
  }
}

const sessionSchema = z.object({ processID: z.int() });

/** What was sent before the cut may still wait in the server, the commit with it: the server's side is ended too. */
async function endSessionOf(client: pg.PoolClient, options: pg.PoolConfig): Promise<void> {
  const { connect, answer } = milliseconds.endSession;
  const other = new pg.Client({ ...options, connectionTimeoutMillis: connect, query_timeout: answer });
  other.on("error", ignore);
  try {
    await other.connect();
    await endSession(other, sessionSchema.parse(client).processID);
  } catch {
    // No one answers: the limits of the session end its transaction.
  } finally {
    await other.end();
  }
}

function ignore(): void {}

async function conduct<Value>(
  client: pg.PoolClient,
  work: (tx: Transaction) => Promise<CommitDecision<Value>>,
): Promise<Value> {
  const failures = recordFailures();
  const send = (text: string) => {
    travelTogether(client);
    return guard(() => client.query(text));
  };
  const tx: Transaction = {
    list: (statement, values) => {
      travelTogether(client);
      return failures.watch(run(client, statement, values));
    },
    script: async (sql) => {
      await failures.watch(guard(() => client.query(sql)));
    },
    attemptEach: (works) => {
      client.connection.stream.cork();
      return attemptEach(works, { send, failures, onSent: () => client.connection.stream.uncork() });
    },
  };
  try {
    const begun = failures.watch(send("begin"));
    const [{ commit, value, written }] = await Promise.all([work(tx).then(gatherWrites), begun]);
    // A write that failed before it was sent must keep the commit from being sent.
    await Promise.race([written, afterEverythingStarted()]);
    const [{ command }] = await Promise.all([send(commit ? "commit" : "rollback"), written]);
    if (commit && command !== "COMMIT") throw new DependencyError("database", `commit answered ${command}`);
    return value;
  } catch (error) {
    throw failures.first() ?? error;
  }
}

/** What is sent until nothing is left to do but to wait goes out in one piece, and reaches the server as one. */
function travelTogether({ connection: { stream } }: pg.PoolClient): void {
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function gatherWrites<Value>({ commit, value, writes = [] }: CommitDecision<Value>) {
  const written = Promise.all(writes);
  // Heard of when the transaction ends, which may be later than a write fails.
  written.catch(ignore);
  return { commit, value, written };
}
