import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
  type ReceiveMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { decodeStrictly } from "../process/strict-text.ts";
import { coalesce, limitTime } from "../process/work-limits.ts";
import { DependencyError, errorClassOf } from "../process/dependency-error.ts";
import type { Log } from "../process/log.ts";
import type { TraceContext } from "../process/trace-context.ts";
import { noTracing, traceTogether, type Tracing } from "../process/tracing.ts";
import { callMs, countMessages, findMaxReceives, lastPart, type QueueCounts } from "./queue-attributes.ts";

/** A message of the queue that is ours until its visibility runs out. */
export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** How often the queue has handed it out, this time included. */
  readonly receives: number;
}

/** Our SQS queue. Every call raises `DependencyError` (`queue`). */
export interface Queue extends Disposable {
  readonly name: string;
  /** Waits up to 20 s for messages; at most `most`, which is 10 or less. Answers none when `signal` aborts. */
  receive(most: number, signal: AbortSignal): Promise<readonly QueueMessage[]>;
  /** Deletes at most 10 messages; answers those that the queue could not delete. */
  remove(receiptHandles: readonly string[]): Promise<readonly string[]>;
  /** Hides a message for so many seconds from now, within 50 ms: those that are asked for together share a call. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
  /** Receives after which the queue gives a message up; null where it never does. Read once. */
  maxReceives(): Promise<number | null>;
  /** How many messages the queue and its dead-letter queue hold, about; `dead` is null where there is no such queue. */
  count(): Promise<QueueCounts>;
}

/** Where the queue is. Credentials come from the standard places of the AWS SDK. */
export interface QueueSettings {
  readonly url: string;
  /** Found from the queue's redrive policy when undefined. */
  readonly deadLetterUrl: string | undefined;
  readonly region: string;
  readonly endpoint: string | undefined;
}

/** How long a message that was received stays hidden, in seconds. */
const visibilitySeconds = 60;

const longPollSeconds = 20;

const pollMs = (longPollSeconds + 10) * 1000;

const batchSize = 10;
const longestWaitMs = 50;

// Many calls at once: those that a queue does not answer must not hold up the messages behind them.
const sharing = { most: batchSize, parallel: 50, gatherMs: longestWaitMs };

const receiving = {
  WaitTimeSeconds: longPollSeconds,
  VisibilityTimeout: visibilitySeconds,
  MessageAttributeNames: ["All"],
  MessageSystemAttributeNames: ["ApproximateReceiveCount"],
} satisfies Partial<ReceiveMessageCommandInput>;

/** A client of the queue. Dispose closes its connections. */
export function openQueue(settings: QueueSettings): Queue {
  const { url, deadLetterUrl } = settings;
  const client = clientOf(settings);
  const hide = coalesce((hidings: readonly Hiding[]) => hideTogether(client, url, hidings), sharing);
  return {
    name: lastPart(url, "/"),
    receive: async (most, signal) => {
      const command = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: most, ...receiving });
      using limit = limitTime(pollMs, signal);
      try {
        const { Messages: messages = [] } = await client.send(command, { abortSignal: limit.signal });
        return messages.flatMap(toMessage);
      } catch (error) {
        if (signal.aborted) return [];
        throw new DependencyError("queue", errorClassOf(error), error);
      }
    },
    remove: async (receiptHandles) => {
      const entries = receiptHandles.map((handle, index) => ({ Id: String(index), ReceiptHandle: handle }));
      const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries });
      const { Failed: failed = [] } = await guard(client.send(command, { abortSignal: AbortSignal.timeout(callMs) }));
      return failed.flatMap(({ Id: id }) => receiptHandles[Number(id)] ?? []);
    },
    hide: async (receiptHandle, seconds) => {
      const [refusal] = await hide([{ receiptHandle, seconds }]);
      if (refusal !== undefined) throw new DependencyError("queue", refusal);
    },
    maxReceives: rememberOnce(() => guard(findMaxReceives(client, url))),
    count: () => guard(countMessages(client, url, deadLetterUrl)),
    [Symbol.dispose]: () => client.destroy(),
  };
}

interface Hiding {
  readonly receiptHandle: string;
  readonly seconds: number;
}

/** Answers for each message why the queue did not hide it; undefined where it did. */
async function hideTogether(
  client: SQSClient,
  url: string,
  hidings: readonly Hiding[],
): Promise<readonly (string | undefined)[]> {
  const entries = hidings.map(({ receiptHandle, seconds }, index) => {
    return { Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
  });
  const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: entries });
  const { Failed: failed = [] } = await guard(client.send(command, { abortSignal: AbortSignal.timeout(callMs) }));
  const refusals = new Map(failed.map(({ Id: id, Code: code = "not said" }) => [id, code]));
  return entries.map(({ Id: id }) => refusals.get(id));
}

/** The SDK's client, which reads what the queue answers as UTF-8 and nothing else. */
export function clientOf({ region, endpoint }: QueueSettings): SQSClient {
  return new SQSClient({ region, utf8Encoder: decodeStrictly, ...(endpoint === undefined ? {} : { endpoint }) });
}

/** Reads once; a read that failed is tried again by the next call. */
function rememberOnce<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | null = null;
  return () => {
    known ??= read().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}

/** A message as the SDK answers it; none without what it takes to delete it. */
export function toMessage(message: Message): readonly QueueMessage[] {
  const { MessageId: messageId, ReceiptHandle: receiptHandle, Body: body = "" } = message;
  if (messageId === undefined || receiptHandle === undefined) return [];
  const attributes = Object.entries(message.MessageAttributes ?? {}).flatMap(([name, { StringValue: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const receives = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
  return [{ messageId, receiptHandle, body, attributes: Object.fromEntries(attributes), receives }];
}

/** What the call answers. Raises `DependencyError` (`queue`). */
export async function guard<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    throw new DependencyError("queue", errorClassOf(error), error);
  }
}

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
    const run = traceTogether(tracing, start, async () => {
      try {
        const failed = await queue.remove(receipts);
        if (failed.length > 0) log.warn({ messages: failed.length }, "deletion failed: the messages will come back");
      } catch (error) {
        const failure = { messages: receipts.length, errorClass: errorClassOf(error) };
        log.warn(failure, "deletion failed: the messages will come back");
      }
    }).finally(() => running.delete(run));
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
