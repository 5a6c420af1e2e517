import type { Writable } from "node:stream";

/** What attempts are made with. */
export interface AttemptSettings {
  /** Sends a statement without values. */
  readonly send: (text: string) => Promise<unknown>;
  /** Has the failures of what is started from now on noted in a list of its own; null has them noted together again. */
  readonly noteIn: (own: unknown[] | null) => void;
  /** Held until all statements are under way, so that they leave in one piece. */
  readonly stream: Writable;
}

const mark = "savepoint attempt";
const goBack = "rollback to savepoint attempt";

/**
 * Does works as `Transaction.attemptEach` promises. Each stands between two savepoints of one name. Going back to that name undoes a
 * work that failed, since the server then refuses the second savepoint, and changes nothing after a success. So no answer has to be
 * waited for in between.
 */
export async function attemptEach(
  works: readonly (() => Promise<unknown>)[],
  { send, noteIn, stream }: AttemptSettings,
): Promise<readonly (Error | null)[]> {
  stream.cork();
  const returned = [send(mark)];
  const ended: Promise<Error | null>[] = [];
  for (const work of works) {
    const own: unknown[] = [];
    noteIn(own);
    const failure = work().then(
      () => null,
      (error: unknown) => asError(own[0] ?? error),
    );
    const hasFailedUnsent = await Promise.race([
      failure.then((error) => error !== null),
      // Resolves when nothing is left to do but to wait for answers.
      new Promise((resolve) => process.nextTick(resolve)).then(() => false),
    ]);
    // Where the work failed, the second savepoint fails too, which says nothing new.
    noteIn([]);
    // What failed before it was sent leaves the transaction sound: the second savepoint would keep the rest of its work.
    const kept = hasFailedUnsent ? Promise.resolve(false) : hasSucceeded(send(mark));
    noteIn(null);
    returned.push(send(goBack));
    ended.push(Promise.all([failure, kept]).then(([error, isKept]) => agree(error, isKept)));
  }
  stream.uncork();
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

function ignore(): void {}
