/** Statements that travel together fail together: only the first failure says why, and whether it passes. */
export interface Failures {
  watch<Answer>(answer: Promise<Answer>): Promise<Answer>;
  first(): unknown;
  /** Has the failures of what is started from now on recorded apart, until it is called again. */
  apart(): Pick<Failures, "first">;
  together(): void;
}

/** Begins such a record. */
export function recordFailures(): Failures {
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

/** What attempts are made with. */
export interface AttemptSettings {
  /** Sends a statement without values. */
  readonly send: (text: string) => Promise<unknown>;
  readonly failures: Failures;
  /** Called once all statements are under way: until then they are held, to leave in one piece. */
  readonly onSent: () => void;
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
  { send, failures, onSent }: AttemptSettings,
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
  onSent();
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

/** Resolves when nothing is left to do but to wait for answers. */
export function afterEverythingStarted(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function ignore(): void {}
