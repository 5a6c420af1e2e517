import type { Log } from "../process/log.ts";
import { errorClassOf } from "../process/dependency-error.ts";
import type { TraceContext } from "../process/trace-context.ts";
import { noTracing, traceTogether, type Tracing } from "../process/tracing.ts";
import type { Queue } from "./queue.ts";

/** Deletes settled messages from the queue, in batches. */
export interface Deletions extends AsyncDisposable {
  /** Asks for a deletion; it happens within 50 ms. One that fails comes back and is recognised. */
  add(receiptHandle: string, trace: TraceContext | null): void;
}

interface Deletion {
  readonly receiptHandle: string;
  readonly trace: TraceContext | null;
}

const deleting = { "messaging.system": "aws_sqs", "messaging.operation.type": "settle" };
const batchSize = 10;
const longestWaitMs = 50;

/** Gathers deletions into batches of 10 or 50 ms. Dispose flushes what is left and waits for it. */
export function createDeletions(queue: Queue, log: Log, tracing: Tracing = noTracing): Deletions {
  let batched: Deletion[] = [];
  let timer: NodeJS.Timeout | undefined;
  const running = new Set<Promise<void>>();
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (batched.length === 0) return;
    const batch = batched;
    batched = [];
    const links = batch.flatMap(({ trace }) => trace ?? []);
    const start = { name: `delete ${queue.name}`, kind: "client", attributes: deleting, links } as const;
    const receipts = batch.map(({ receiptHandle }) => receiptHandle);
    const run = traceTogether(tracing, start, () => removeBatch(queue, log, receipts)).finally(() =>
      running.delete(run),
    );
    running.add(run);
  };
  return {
    add: (receiptHandle, trace) => {
      batched.push({ receiptHandle, trace });
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
