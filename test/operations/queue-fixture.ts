import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { region, startQueueServer, type QueueServer } from "../../sandbox/queue-server.ts";
import { openQueue, type Queue, type QueueMessage } from "../../src/platform/queue/queue.ts";
import { openQueueAdmin, type QueueAdmin } from "../../src/platform/queue/queue-admin.ts";
import { neverAborted } from "../support/test-database.ts";

type TypedAttributes = NonNullable<ConstructorParameters<typeof SendMessageCommand>[0]["MessageAttributes"]>;

/** A message with attributes of any type. */
export interface TypedMessage {
  readonly body: string;
  readonly attributes?: TypedAttributes;
}

/** The real queue server, with our queue as its operators and its consumer see it. */
export interface TestQueues extends AsyncDisposable {
  readonly server: QueueServer;
  readonly admin: QueueAdmin;
  readonly queue: Queue;
  /** Sends to the dead-letter queue. */
  bury(message: TypedMessage): Promise<string>;
  /** The attributes of what waits in our queue, with their types. */
  rawAttributes(): Promise<readonly TypedAttributes[]>;
  /** How many messages of the dead-letter queue are out of sight. */
  hiddenDead(): Promise<number>;
  /** Receives so many messages of our queue, in the order of their bodies, and leaves them in hand. */
  receive(messages: number): Promise<readonly QueueMessage[]>;
}

/** Starts the queue server. Dispose stops everything. */
export async function startQueues(): Promise<TestQueues> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startQueueServer());
  const { endpoint, queueUrl: url, deadLetterQueueUrl: deadUrl } = server;
  const settings = { url, deadLetterUrl: undefined, region, endpoint };
  const queue = starting.use(openQueue(settings));
  const admin = starting.use(openQueueAdmin(settings));
  const client = starting.adopt(new SQSClient({ region, endpoint, credentials }), (opened) => opened.destroy());
  const resources = starting.move();
  return {
    server,
    admin,
    queue,
    bury: async ({ body, attributes }) => {
      const message = { QueueUrl: deadUrl, MessageBody: body, MessageAttributes: attributes };
      return (await client.send(new SendMessageCommand(message))).MessageId ?? "";
    },
    rawAttributes: async () => {
      const query = { QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] };
      const { Messages: messages = [] } = await client.send(new ReceiveMessageCommand(query));
      return messages.map(({ MessageAttributes: attributes = {} }) => attributes);
    },
    hiddenDead: async () => {
      const name = "ApproximateNumberOfMessagesNotVisible" as const;
      const query = { QueueUrl: deadUrl, AttributeNames: [name] };
      return Number((await client.send(new GetQueueAttributesCommand(query))).Attributes?.[name]);
    },
    receive: async (messages) => {
      const received: QueueMessage[] = [];
      while (received.length < messages) received.push(...(await queue.receive(10, neverAborted())));
      return received.toSorted((one, other) => one.body.localeCompare(other.body));
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The name at the end of a queue's address. */
export function nameOf(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}
