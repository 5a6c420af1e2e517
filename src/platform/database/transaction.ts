import type pg from "pg";
import { DependencyError } from "../process/dependency-error.ts";
import type { CommitDecision, Statement, Transaction } from "./database.ts";
import { guard } from "./database-failure.ts";

/** What a transaction does. */
export interface TransactionWork<Value> {
  readonly work: (tx: Transaction) => Promise<CommitDecision<Value>>;
  /** Runs one statement on the connection. */
  readonly run: <Row>(
    client: pg.PoolClient,
    statement: Statement<Row>,
    values: readonly unknown[],
  ) => Promise<readonly Row[]>;
}

/**
 * Runs a transaction on a connection, as `Database.transaction` promises. What is started together goes out in one piece, the commit
 * with the last writes. Raises the first failure, and leaves the rollback to the caller.
 */
export async function conductTransaction<Value>(
  client: pg.PoolClient,
  { work, run }: TransactionWork<Value>,
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
    attemptEach: (works) => attemptEach(works, send, failures),
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

/** Statements that travel together fail together: only the first failure says why, and whether it passes. */
interface Failures {
  watch<Answer>(answer: Promise<Answer>): Promise<Answer>;
  first(): unknown;
  /** Has the failures of what is started from now on recorded apart, until it is called again. */
  apart(): Pick<Failures, "first">;
  together(): void;
}

function recordFailures(): Failures {
  const all: unknown[] = [];
  let current = all;
  return {
    watch: async (answer) => {
      const list = current;
      try {
        return await answer;
      } catch (error) {
        list.push(error);
        throw error;
      }
    },
    first: () => all[0],
    apart: () => {
      const own: unknown[] = [];
      current = own;
      return { first: () => own[0] };
    },
    together: () => {
      current = all;
    },
  };
}

const mark = "savepoint attempt";
const goBack = "rollback to savepoint attempt";

/**
 * Each work stands between two savepoints of one name. To go back to that name takes back what failed, for the server refuses the second
 * savepoint then; and nothing after a success. So no answer has to be waited for in between.
 */
async function attemptEach(
  works: readonly (() => Promise<unknown>)[],
  send: (text: string) => Promise<unknown>,
  failures: Failures,
): Promise<readonly (Error | null)[]> {
  const returned = [send(mark)];
  const ended: Promise<Error | null>[] = [];
  for (const work of works) {
    const own = failures.apart();
    const failure = work().then(
      () => null,
      (error: unknown) => asError(own.first() ?? error),
    );
    const hasFailedUnsent = await Promise.race([
      failure.then((error) => error !== null),
      afterEverythingStarted().then(() => false),
    ]);
    failures.together();
    // What failed before it was sent leaves the transaction sound: the second savepoint would keep the rest of its work.
    const kept = hasFailedUnsent ? Promise.resolve(false) : hasSucceeded(send(mark));
    returned.push(send(goBack));
    ended.push(Promise.all([failure, kept]).then(([error, isKept]) => agree(error, isKept)));
  }
  const all = Promise.all(ended);
  all.catch(ignore);
  await Promise.all(returned);
  return all;
}

/** Raises where a work failed after the server had kept what it wrote. */
function agree(error: Error | null, isKept: boolean): Error | null {
  if (error === null && !isKept) throw new Error("What an attempt wrote was not kept.");
  if (error !== null && isKept) throw error;
  return error;
}

function hasSucceeded(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => true,
    () => false,
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
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

/** Resolves when nothing is left to do but to wait for answers. */
function afterEverythingStarted(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function ignore(): void {}
