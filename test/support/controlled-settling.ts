import type { Prepared } from "../../src/sync/pipeline/prepared-message.ts";
import type { Ending, Endings, SettleBatch } from "../../src/sync/pipeline/settle-batch.ts";

/** How a message ends that was settled. */
export const settled: Ending = { kind: "settled", outcomes: [] };
/** Never aborts. */
export const running = new AbortController().signal;
/** Sets are settled one after the other. */
export const oneWriter = { usual: 1, most: 1 };
/** How long messages that have failed before wait for each other. */
export const gatheringMs = 200;
/** What waits for a set, or for others to join it, runs on before the test does. */
export const nextTurn = () => new Promise<void>((done) => setImmediate(done));

const keysOf = (set: readonly Prepared[]) => set.map(({ message }) => message.envelope.inboxKey);

interface Call {
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
  finish(endings?: Endings): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A settlement that waits for the test at every set. */
export function controlled() {
  const calls: Call[] = [];
  const settleBatch: SettleBatch = (set, { signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Endings>();
    const finish = (endings: Endings = set.map(() => settled)) => {
      resolve(endings);
      return nextTurn();
    };
    const fail = (error: unknown) => {
      reject(error);
      return nextTurn();
    };
    calls.push({ keys: keysOf(set), signal, finish, fail });
    return promise;
  };
  return { calls, settleBatch, sets: () => calls.map(({ keys }) => keys) };
}

/** A settlement that does at once what the test says of a set. */
export function immediate(answer: (keys: readonly string[], signal: AbortSignal) => Endings) {
  const sets: (readonly string[])[] = [];
  const settleBatch: SettleBatch = async (set, { signal }) => {
    sets.push(keysOf(set));
    return answer(keysOf(set), signal);
  };
  return { sets, settleBatch };
}
