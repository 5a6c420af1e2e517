import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { clientOf, guard, toMessage, type QueueSettings } from "./queue.ts";
import { attributesOf, findDeadLetterUrl, lastPart } from "./queue-attributes.ts";

/** One of our queues. */
export interface AdminQueue {
  readonly name: string;
  readonly url: string;
}

/** A message of the dead-letter queue. */
export interface DeadMessage {
  readonly messageId: string;
  readonly body: string;
  /** The text values of the SQS message attributes. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Answers the ids of those messages that are to stay where they are. */
export type FindKept = (messages: readonly DeadMessage[]) => Promise<ReadonlySet<string>>;

/** What an operator may do with our queues. Every call raises `DependencyError` (`queue`). */
export interface QueueAdmin extends Disposable {
  /** Our queue, and its dead-letter queue where it has one that exists. */
  findQueues(): Promise<{ readonly queue: AdminQueue; readonly dead: AdminQueue | null }>;
  /** About how many messages wait in a queue. */
  count(queue: AdminQueue): Promise<number>;
  /** Sends a message to our queue; false when the queue will never take it, for it is too large or not fit to be sent. */
  send(message: { readonly body: string; readonly attributes: Readonly<Record<string, string>> }): Promise<boolean>;
  /**
   * Moves what waits in the dead-letter queue back to our queue, with all its attributes, but for what is to be kept.
   * Each message is sent before it is deleted: what breaks off loses nothing. Ends when `signal` aborts.
   */
  redrive(dead: AdminQueue, findKept: FindKept, signal: AbortSignal): Promise<{ readonly moved: number }>;
  /** Shows messages of a queue; they are out of sight only meanwhile. */
  peek(queue: AdminQueue, most: number): Promise<readonly DeadMessage[]>;
  /** Deletes everything in a queue. */
  purge(queue: AdminQueue): Promise<void>;
}

const receiveSize = 10;
// A wait makes the queue ask all its servers, so that "none" means none.
const receiveWaitSeconds = 1;
const hiddenSeconds = { redrive: 60, peek: 10 };

/** Opens our queues for their operators. Dispose closes the connections. */
export function openQueueAdmin(settings: QueueSettings): QueueAdmin {
  const { url, deadLetterUrl } = settings;
  const client = clientOf(settings);
  const findQueues = async () => {
    const policy = deadLetterUrl === undefined ? (await attributesOf(client, url)).RedrivePolicy : undefined;
    const dead = deadLetterUrl ?? (await findDeadLetterUrl(client, policy).catch(nullWhereGone));
    return {
      queue: { name: lastPart(url, "/"), url },
      dead: dead === null ? null : { name: lastPart(dead, "/"), url: dead },
    };
  };
  return {
    findQueues: () => guard(findQueues()),
    count: (queue) => guard(count(client, queue)),
    send: async ({ body, attributes }) => {
      const typed = Object.entries(attributes).map(([name, value]) => [name, textAttribute(value)] as const);
      const message = { QueueUrl: url, MessageBody: body, MessageAttributes: Object.fromEntries(typed) };
      return guard(client.send(new SendMessageCommand(message)).then(() => true, refuseOrRaise));
    },
    redrive: (dead, findKept, signal) => redrive({ client, from: dead, to: url, findKept }, signal),
    peek: (queue, most) => guard(peek(client, queue, most)),
    purge: async (queue) => {
      await guard(client.send(new PurgeQueueCommand({ QueueUrl: queue.url })));
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** A dead-letter queue that is named and does not exist is none. */
function nullWhereGone(error: unknown): null {
  if (error instanceof QueueDoesNotExist) return null;
  throw error;
}

function textAttribute(value: string) {
  return { DataType: "String", StringValue: value };
}

async function count(client: SQSClient, { url }: AdminQueue): Promise<number> {
  return Number((await attributesOf(client, url)).ApproximateNumberOfMessages);
}

const refusedAs = /(^|\.)(InvalidMessageContents|InvalidParameterValue|InvalidAttributeValue)/;

/** The queue took the request and refuses the message: that will not change. */
function refuseOrRaise(error: unknown): false {
  if (error instanceof Error && refusedAs.test(error.name)) return false;
  throw error;
}

interface Redrive {
  readonly client: SQSClient;
  readonly from: AdminQueue;
  readonly to: string;
  readonly findKept: FindKept;
}

async function redrive(work: Redrive, signal: AbortSignal): Promise<{ readonly moved: number }> {
  const { client, from, findKept } = work;
  const found = await guard(count(client, from));
  const kept: ReceivedMessage[] = [];
  let moved = 0;
  try {
    while (moved + kept.length < found && !signal.aborted) {
      const messages = await guard(receive(client, from, hiddenSeconds.redrive));
      if (messages.length === 0) break;
      const staying = await findKept(messages);
      kept.push(...messages.filter(({ messageId }) => staying.has(messageId)));
      const moving = messages.filter(({ messageId }) => !staying.has(messageId));
      await guard(Promise.all(moving.map((message) => move(work, message))));
      moved += moving.length;
    }
  } finally {
    await guard(Promise.all(kept.map((message) => show(client, from, message))));
  }
  return { moved };
}

async function move({ client, from, to }: Redrive, { message, receiptHandle, body }: ReceivedMessage): Promise<void> {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => {
    const { DataType: type, StringValue: text, BinaryValue: bytes } = attribute;
    const value = bytes === undefined ? { StringValue: text } : { BinaryValue: bytes };
    return [name, { DataType: type, ...value }] as const;
  });
  const trace = message.Attributes?.AWSTraceHeader;
  const copy = {
    QueueUrl: to,
    MessageBody: body,
    MessageAttributes: Object.fromEntries(attributes),
    ...(trace === undefined ? {} : { MessageSystemAttributes: { AWSTraceHeader: textAttribute(trace) } }),
  };
  await client.send(new SendMessageCommand(copy));
  await client.send(new DeleteMessageCommand({ QueueUrl: from.url, ReceiptHandle: receiptHandle }));
}

async function peek(client: SQSClient, queue: AdminQueue, most: number): Promise<readonly DeadMessage[]> {
  const wanted = Math.min(most, await count(client, queue));
  const seen = new Map<string, ReceivedMessage>();
  try {
    while (seen.size < wanted) {
      const size = seen.size;
      const messages = await receive(client, queue, hiddenSeconds.peek);
      messages.forEach((message) => seen.set(message.messageId, message));
      if (seen.size === size) break;
    }
  } finally {
    await Promise.all([...seen.values()].map((message) => show(client, queue, message)));
  }
  return [...seen.values()].slice(0, wanted);
}

interface ReceivedMessage extends DeadMessage {
  readonly message: Message;
  readonly receiptHandle: string;
}

async function receive(client: SQSClient, { url }: AdminQueue, seconds: number): Promise<readonly ReceivedMessage[]> {
  const { Messages: messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: receiveSize,
      WaitTimeSeconds: receiveWaitSeconds,
      VisibilityTimeout: seconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["AWSTraceHeader"],
    }),
  );
  return messages.flatMap((message) => toMessage(message).map((read) => ({ ...read, message })));
}

async function show(client: SQSClient, { url }: AdminQueue, { receiptHandle }: ReceivedMessage): Promise<void> {
  const input = { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: 0 };
  await client.send(new ChangeMessageVisibilityCommand(input));
}
