import type { Log } from "../process/log.ts";
import { errorClassOf } from "../process/dependency-error.ts";
import type { Queue } from "./queue.ts";

/** Deletes settled messages from the queue, in batches. */
export interface Deletions extends AsyncDisposable {
  /** Asks for a deletion; it happens within 50 ms. One that fails comes back and is recognised (spec 5.1). */
  add(receiptHandle: string): void;
}

const batchSize = 10;
const longestWaitMs = 50;

/** Gathers deletions into batches of 10 or 50 ms (spec 5.1). Dispose flushes what is left and waits for it. */
export function createDeletions(queue: Queue, log: Log): Deletions {
  let batched: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const running = new Set<Promise<void>>();
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (batched.length === 0) return;
    const batch = batched;
    batched = [];
    const run = removeBatch(queue, log, batch).finally(() => running.delete(run));
    running.add(run);
  };
  return {
    add: (receiptHandle) => {
      batched.push(receiptHandle);
      if (batched.length >= batchSize) flush();
      else timer ??= setTimeout(flush, longestWaitMs);
    },
    [Symbol.asyncDispose]: async () => {
      flush();
      await Promise.all(running);
    },
  };
}

async function removeBatch(queue: Queue, log: Log, batch: readonly string[]): Promise<void> {
  try {
    const failed = await queue.remove(batch);
    if (failed.length > 0) log.warn({ messages: failed.length }, "deletion failed: the messages will come back");
  } catch (error) {
    log.warn(
      { messages: batch.length, errorClass: errorClassOf(error) },
      "deletion failed: the messages will come back",
    );
  }
}
