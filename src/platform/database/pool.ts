import pg from "pg";
import { z } from "zod";
import { columnTypes } from "./column-types.ts";
import { attemptEach } from "./attempts.ts";
import type { CommitDecision, Executor, PooledDatabase, Transaction } from "./database.ts";
import { prepareAddress } from "./database-address.ts";
import { UnreadableRowError, failureClassOf } from "./database-failure.ts";
import { DependencyError } from "../process/dependency-error.ts";
import type { Secret } from "../process/secret.ts";
import { sessionLimits, sessionOptions } from "./session-settings.ts";
import { endSession } from "./session-store.ts";

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
export function openDatabase(settings: DatabaseSettings): PooledDatabase {
  const pool = openPool(settings);
  return {
    list: listBy(pool),
    transaction: async (work, signal) => {
      signal.throwIfAborted();
      const client = await Promise.try(() => pool.connect()).catch(raise);
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
    },
    connections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      pending: pool.waitingCount,
      max: settings.poolSize,
    }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

function openPool({ url, poolSize, schema, patience, isReadOnly }: DatabaseSettings): pg.Pool {
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
  return pool;
}

/** Anything that fails is a {@link DependencyError} of the database, named by its SQLSTATE or cause. */
function raise(error: unknown): never {
  throw new DependencyError("database", failureClassOf(error), error);
}

function listBy(client: pg.Pool | pg.PoolClient): Executor["list"] {
  return async ({ name, text, row }, values) => {
    // A connection whose address names a file that cannot be read fails before there is a promise.
    const { rows } = await Promise.try(() => client.query({ name, text, values: [...values] })).catch(raise);
    return rows.map((columns: unknown) => {
      const { data, error, success } = row.safeParse(columns);
      if (!success) throw new UnreadableRowError(name, columns, error);
      return data;
    });
  };
}

/** Runs work in a transaction of this connection, as `Database` promises. */
async function conduct<Value>(
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
  const list = listBy(client);
  const failures: unknown[] = [];
  let noted = failures;
  const ask = async <Answer>(query: () => Promise<Answer>): Promise<Answer> => {
    const own = noted;
    // What is sent until nothing is left to do but to wait goes out in one piece, and reaches the server as one.
    stream.cork();
    process.nextTick(() => stream.uncork());
    try {
      return await query();
    } catch (error) {
      own.push(error);
      throw error;
    }
  };
  const send = (text: string) => ask(() => client.query(text).catch(raise));
  const noteIn = (own: unknown[] | null) => {
    noted = own ?? failures;
  };
  const tx: Transaction = {
    list: (statement, values) => ask(() => list(statement, values)),
    script: async (sql) => {
      await send(sql);
    },
    attemptEach: (works) => attemptEach(works, { stream, send, noteIn }),
  };
  return { tx, send, failures };
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
