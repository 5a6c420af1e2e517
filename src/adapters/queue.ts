import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { DependencyError, errorClassOf } from "./dependency-error.ts";

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
  /** Waits up to 20 s for messages; at most 10. Answers none when `signal` aborts. */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>;
  /** Deletes at most 10 messages; answers those that the queue could not delete. */
  remove(receiptHandles: readonly string[]): Promise<readonly string[]>;
  /** Hides a message for so many seconds from now. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
}

/** Where the queue is. Credentials come from the standard places of the AWS SDK. */
export interface QueueSettings {
  readonly url: string;
  readonly region: string;
  readonly endpoint: string | undefined;
}

/** How long a message that was received stays hidden, in seconds (spec 5.1). */
const visibilitySeconds = 60;

const receiveSize = 10;
const longPollSeconds = 20;

/** A client of the queue. Dispose closes its connections. */
export function openQueue({ url, region, endpoint }: QueueSettings): Queue {
  const client = new SQSClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  return {
    receive: (signal) => receive(client, url, signal),
    remove: (receiptHandles) => remove(client, url, receiptHandles),
    hide: async (receiptHandle, seconds) => {
      const input = { QueueUrl: url, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
      await guard(client.send(new ChangeMessageVisibilityCommand(input)));
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

async function receive(client: SQSClient, url: string, signal: AbortSignal): Promise<readonly QueueMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: receiveSize,
    WaitTimeSeconds: longPollSeconds,
    VisibilityTimeout: visibilitySeconds,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["ApproximateReceiveCount"],
  });
  try {
    const { Messages: messages = [] } = await client.send(command, { abortSignal: signal });
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
    client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries })),
  );
  return failed.flatMap(({ Id: id }) => receiptHandles[Number(id)] ?? []);
}

async function guard<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    throw new DependencyError("queue", errorClassOf(error), error);
  }
}
