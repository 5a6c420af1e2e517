import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { z } from "zod";
import { decodeStrictly } from "../process/service-call.ts";
import { limitTime } from "../process/deadline.ts";
import { DependencyError, errorClassOf } from "../process/dependency-error.ts";

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
  /** Hides a message for so many seconds from now. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
  /** Receives after which the queue gives a message up; null where it never does. Read once. */
  maxReceives(): Promise<number | null>;
  /** How many messages the queue and its dead-letter queue hold, about; `dead` is null where there is no such queue. */
  count(): Promise<QueueCounts>;
}

/** About how many messages wait, are in someone's hands, and are dead. */
export interface QueueCounts {
  readonly name: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly dead: number | null;
  /** The dead-letter queue that is named and cannot be looked at, and why: messages go on, and none can be buried. */
  readonly deadLetterQueue?: { readonly name: string; readonly error: string };
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

// The SDK itself would wait for ever for a queue that has fallen silent.
const patienceMs = { poll: (longPollSeconds + 10) * 1000, call: 5_000 };

/** A client of the queue. Dispose closes its connections. */
export function openQueue({ url, deadLetterUrl, region, endpoint }: QueueSettings): Queue {
  const client = new SQSClient({
    region,
    utf8Encoder: decodeStrictly,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  return {
    name: lastPart(url, "/"),
    receive: (most, signal) => receive(client, { url, most }, signal),
    remove: (receiptHandles) => remove(client, url, receiptHandles),
    hide: async (receiptHandle, seconds) => {
      const input = { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
      await guard(client.send(new ChangeMessageVisibilityCommand(input), inTime()));
    },
    maxReceives: rememberOnce(() => guard(findMaxReceives(client, url))),
    count: () => guard(count(client, url, deadLetterUrl)),
    [Symbol.dispose]: () => client.destroy(),
  };
}

async function count(client: SQSClient, url: string, deadLetterUrl: string | undefined): Promise<QueueCounts> {
  const attributes = await attributesOf(client, url);
  return {
    name: lastPart(url, "/"),
    waiting: Number(attributes.ApproximateNumberOfMessages),
    inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible),
    ...(await countDead(client, { deadLetterUrl, redrivePolicy: attributes.RedrivePolicy })),
  };
}

interface DeadLetterPlace {
  readonly deadLetterUrl: string | undefined;
  readonly redrivePolicy: string | undefined;
}

/** Our queue is well without its dead-letter queue, and which of the two is amiss is said. */
async function countDead(
  client: SQSClient,
  { deadLetterUrl, redrivePolicy }: DeadLetterPlace,
): Promise<Pick<QueueCounts, "dead" | "deadLetterQueue">> {
  try {
    const url = deadLetterUrl ?? (await findDeadLetterUrl(client, redrivePolicy));
    if (url === null) return { dead: null };
    return { dead: Number((await attributesOf(client, url)).ApproximateNumberOfMessages) };
  } catch (error) {
    const name = deadLetterUrl === undefined ? readDeadLetterName(redrivePolicy) : lastPart(deadLetterUrl, "/");
    return { dead: null, deadLetterQueue: { name: name ?? "unknown", error: errorClassOf(error) } };
  }
}

function lastPart(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}

/** How many messages a queue holds, about, and what becomes of those that fail. */
export async function attributesOf(client: SQSClient, url: string) {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "RedrivePolicy"] as const;
  const { Attributes: attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
    inTime(),
  );
  return attributes;
}

const redriveSchema = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().nullable().catch(null),
});

async function findMaxReceives(client: SQSClient, url: string): Promise<number | null> {
  const { RedrivePolicy: policy } = await attributesOf(client, url);
  return policy === undefined ? null : redriveSchema.parse(JSON.parse(policy)).maxReceiveCount;
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

/** The address of the dead-letter queue that a redrive policy names; null without one. */
export async function findDeadLetterUrl(client: SQSClient, redrivePolicy: string | undefined): Promise<string | null> {
  const name = readDeadLetterName(redrivePolicy);
  if (name === null) return null;
  const { QueueUrl: url = null } = await client.send(new GetQueueUrlCommand({ QueueName: name }), inTime());
  return url;
}

function readDeadLetterName(redrivePolicy: string | undefined): string | null {
  if (redrivePolicy === undefined) return null;
  return lastPart(redriveSchema.parse(JSON.parse(redrivePolicy)).deadLetterTargetArn, ":");
}

async function receive(
  client: SQSClient,
  { url, most }: { readonly url: string; readonly most: number },
  signal: AbortSignal,
): Promise<readonly QueueMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: most,
    WaitTimeSeconds: longPollSeconds,
    VisibilityTimeout: visibilitySeconds,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["ApproximateReceiveCount"],
  });
  using limit = limitTime(patienceMs.poll, signal);
  try {
    const { Messages: messages = [] } = await client.send(command, { abortSignal: limit.signal });
    return messages.flatMap(toMessage);
  } catch (error) {
    if (signal.aborted) return [];
    throw new DependencyError("queue", errorClassOf(error), error);
  }
}

function toMessage(message: Message): readonly QueueMessage[] {
  const { MessageId: messageId, ReceiptHandle: receiptHandle, Body: body = "" } = message;
  if (messageId === undefined || receiptHandle === undefined) return [];
  const attributes = Object.entries(message.MessageAttributes ?? {}).flatMap(([name, { StringValue: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const receives = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
  return [{ messageId, receiptHandle, body, attributes: Object.fromEntries(attributes), receives }];
}

async function remove(client: SQSClient, url: string, receiptHandles: readonly string[]): Promise<readonly string[]> {
  const entries = receiptHandles.map((handle, index) => ({ Id: String(index), ReceiptHandle: handle }));
  const { Failed: failed = [] } = await guard(
    client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries }), inTime()),
  );
  return failed.flatMap(({ Id: id }) => receiptHandles[Number(id)] ?? []);
}

function inTime(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(patienceMs.call) };
}

async function guard<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    throw new DependencyError("queue", errorClassOf(error), error);
  }
}
