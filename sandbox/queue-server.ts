import { mkdir } from "node:fs/promises";
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { subscribedEventTypes } from "../src/sync/events/event-table.ts";
import { giveBackAbandoned } from "./abandoned-receive.ts";
import { listenOnFreePort, portOf } from "./free-port.ts";
import { refuseAsAwsDoes } from "./queue-rules.ts";
import { sealReceiptHandles } from "./receipt-handles.ts";
import { refuseUnsigned } from "./request-signature.ts";
import { buildPersistentServer } from "./queue-storage.ts";

/** How a queue server is set up. */
export interface QueueServerSettings {
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  /** Where messages are kept between starts; in memory without it. */
  readonly directory?: string;
  /** Receives after which a message goes to the dead-letter queue. */
  readonly maxReceiveCount?: number;
}

/** A message for the topic. `eventType` is what the subscription filters by. */
export interface Publication {
  readonly body: string;
  readonly eventType?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** An SQS and SNS server on this machine with our topic, queue and dead-letter queue. */
export interface QueueServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly topicArn: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Publishes to the topic, as Manage POM Cases does. Answers SNS's message id. */
  publish(publication: Publication): Promise<string>;
  /** Sends a body to the queue itself, as raw delivery and our own refreshes do. Answers SQS's message id. */
  send(body: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** Deletes the dead-letter queue, which the queue goes on naming. */
  removeDeadLetterQueue(): Promise<void>;
  /** Messages in the queue, in work, and dead. */
  count(): Promise<QueueCounts>;
}

/** How many messages are where. */
export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly dead: number;
}

/** The region of the sandbox's queue. */
export const region = "eu-west-2";

const queueName = "manage-pom-cases-and-delius";
const credentials = { accessKeyId: "sandbox", secretAccessKey: "sandbox" };

/** Starts the server, for loopback callers only, and makes what is missing of topic, queues and subscription. */
export async function startQueueServer(settings: QueueServerSettings = {}): Promise<QueueServer> {
  const { directory, port: preferred = 0, maxReceiveCount = 5 } = settings;
  const build = async () => {
    if (directory !== undefined) await mkdir(directory, { recursive: true });
    const server = directory === undefined ? buildApp({ logger: false }) : await buildPersistentServer(directory);
    return giveBackAbandoned(refuseAsAwsDoes(sealReceiptHandles(refuseUnsigned(server))));
  };
  let app = await build();
  const port = await listenOnFreePort(preferred, async (wanted) => {
    // A server that failed to listen cannot be started again.
    if (wanted !== preferred) {
      await app.close();
      app = await build();
    }
    await app.listen({ port: wanted, host: "127.0.0.1" });
    return portOf(app.server.address());
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const sqs = new SQSClient({ region, endpoint, credentials });
  const sns = new SNSClient({ region, endpoint, credentials });
  const queues = await createQueues(sqs, maxReceiveCount);
  const topicArn = await createSubscription(sns, queues.arn);
  return {
    endpoint,
    topicArn,
    queueUrl: queues.url,
    deadLetterQueueUrl: queues.deadUrl,
    publish: (publication) => publish(sns, topicArn, publication),
    send: (body, attributes) => send(sqs, queues.url, { body, attributes: attributes ?? {} }),
    removeDeadLetterQueue: async () => {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: queues.deadUrl }));
    },
    count: () => count(sqs, queues),
    [Symbol.asyncDispose]: async () => {
      sqs.destroy();
      sns.destroy();
      await app.close();
    },
  };
}

interface Queues {
  readonly url: string;
  readonly arn: string;
  readonly deadUrl: string;
}

async function createQueues(sqs: SQSClient, maxReceiveCount: number): Promise<Queues> {
  const dead = await createQueue(sqs, `${queueName}-dlq`, {});
  const redrive = { deadLetterTargetArn: dead.arn, maxReceiveCount };
  const { url, arn } = await createQueue(sqs, queueName, { RedrivePolicy: JSON.stringify(redrive) });
  return { url, arn, deadUrl: dead.url };
}

async function createQueue(sqs: SQSClient, name: string, attributes: Readonly<Record<string, string>>) {
  const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const query = { QueueUrl: url, AttributeNames: ["QueueArn" as const] };
  const arn = (await sqs.send(new GetQueueAttributesCommand(query))).Attributes?.QueueArn;
  if (url === undefined || arn === undefined) throw new Error(`The queue ${name} could not be made.`);
  return { url, arn };
}

async function createSubscription(sns: SNSClient, queueArn: string): Promise<string> {
  const { TopicArn: topicArn } = await sns.send(new CreateTopicCommand({ Name: "hmpps-domain-events" }));
  if (topicArn === undefined) throw new Error("The topic could not be made.");
  const policy = JSON.stringify({ eventType: subscribedEventTypes });
  const { Subscriptions: kept = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
  const arn = kept.find(({ Endpoint: endpoint }) => endpoint === queueArn)?.SubscriptionArn;
  if (arn === undefined) {
    const attributes = { FilterPolicy: policy };
    await sns.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn, Attributes: attributes }),
    );
    return topicArn;
  }
  // An earlier start left it: it may filter by the event types of then.
  const change = { SubscriptionArn: arn, AttributeName: "FilterPolicy", AttributeValue: policy };
  await sns.send(new SetSubscriptionAttributesCommand(change));
  return topicArn;
}

function stringAttributes(attributes: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
  );
}

async function publish(sns: SNSClient, topicArn: string, publication: Publication): Promise<string> {
  const { body, eventType, attributes = {} } = publication;
  const all = eventType === undefined ? attributes : { eventType, ...attributes };
  const message = { TopicArn: topicArn, Message: body, MessageAttributes: stringAttributes(all) };
  const { MessageId: messageId } = await sns.send(new PublishCommand(message));
  if (messageId === undefined) throw new Error("SNS answered no message id.");
  return messageId;
}

async function send(
  sqs: SQSClient,
  queueUrl: string,
  { body, attributes }: { readonly body: string; readonly attributes: Readonly<Record<string, string>> },
): Promise<string> {
  const message = { QueueUrl: queueUrl, MessageBody: body, MessageAttributes: stringAttributes(attributes) };
  const { MessageId: messageId } = await sqs.send(new SendMessageCommand(message));
  if (messageId === undefined) throw new Error("SQS answered no message id.");
  return messageId;
}

async function count(sqs: SQSClient, { url, deadUrl }: Queues): Promise<QueueCounts> {
  const attributesOf = async (queueUrl: string) => {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const query = { QueueUrl: queueUrl, AttributeNames: [...names] };
    return (await sqs.send(new GetQueueAttributesCommand(query))).Attributes ?? {};
  };
  const [queue, dead] = await Promise.all([attributesOf(url), attributesOf(deadUrl)]);
  return {
    visible: Number(queue.ApproximateNumberOfMessages),
    inFlight: Number(queue.ApproximateNumberOfMessagesNotVisible),
    dead: Number(dead.ApproximateNumberOfMessages),
  };
}
