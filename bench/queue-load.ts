import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { GetQueueAttributesCommand, PurgeQueueCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";

const eventType = "offender-management.allocation.changed";
const batchSize = 10;
const pollMs = 20;
const delaySeconds = 3;

/** A message as the queue holds it: an allocation event in the notification that SNS puts around it. */
export function writeAllocationEvent(origin: string, noms: string, staffCode: number): string {
  const event = {
    eventType,
    version: 1,
    description: "A POM allocation has changed",
    detailUrl: `${origin}/api/allocation/${noms}/primary_pom`,
    additionalInformation: { staffCode, prisonId: "LEI", eventTrigger: "user" },
    personReference: { identifiers: [{ type: "NOMS", value: noms }] },
    occurredAt: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
  };
  return wrap(JSON.stringify(event));
}

/** A message that no one can make sense of. */
export function writePoison(): string {
  return wrap('{"eventType":');
}

function wrap(body: string): string {
  return JSON.stringify({
    Type: "Notification",
    MessageId: randomUUID(),
    TopicArn: "arn:aws:sns:eu-west-2:000000000000:hmpps-domain-events",
    Message: body,
    Timestamp: new Date().toISOString(),
    MessageAttributes: { eventType: { Type: "String", Value: eventType } },
  });
}

const notificationSchema = z.object({ MessageId: z.string(), Message: z.string() });
const messageSchema = z.object({
  personReference: z.object({ identifiers: z.tuple([z.object({ value: z.string() })]) }),
});

/** The inbox key of an allocation event, and the prison number of the person that it is about. */
export function readAllocationEvent(body: string): { readonly inboxKey: string; readonly noms: string } {
  const { MessageId: inboxKey, Message: message } = notificationSchema.parse(JSON.parse(body));
  const [{ value: noms }] = messageSchema.parse(JSON.parse(message)).personReference.identifiers;
  return { inboxKey, noms };
}

const counted = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/** How fast messages are sent, and how many (at most ten) at a time. */
export interface Pace {
  readonly perSecond: number;
  readonly together: number;
}

/** The queue of one contender, from the side of who fills it. Dispose closes the connection. */
export interface FilledQueue extends Disposable {
  /**
   * Fills the queue, and resolves at the moment at which the first of the messages can be received: by then the filling
   * itself takes nothing from whoever is measured.
   */
  fill(bodies: readonly string[]): Promise<void>;
  /** Sends the messages, so many a second. Answers when each was sent, on the clock of `Date`. */
  keepPace(bodies: readonly string[], pace: Pace): Promise<readonly number[]>;
  /** Waits until no more than so many messages are left, waiting or in work. */
  untilLeft(messages: number): Promise<void>;
  /** Removes what is left. */
  purge(): Promise<void>;
}

/** Opens the queue that an environment names. */
export function openFilledQueue(environment: Readonly<Record<string, string>>): FilledQueue {
  const { AWS_ENDPOINT_URL_SQS: endpoint = "", SQS_QUEUE_URL: url = "", AWS_REGION: region = "" } = environment;
  const client = new SQSClient({
    region,
    endpoint,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  const count = async () => {
    const query = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...counted] });
    const { Attributes: attributes = {} } = await client.send(query);
    return counted.reduce((sum, name) => sum + Number(attributes[name]), 0);
  };
  const send = async (bodies: readonly string[], delay: number) => {
    const entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: body, DelaySeconds: delay }));
    await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
  };
  return {
    fill: async (bodies) => {
      const began = performance.now();
      for (const batch of splitIntoBatches(bodies)) await send(batch, delaySeconds);
      await waitUntil(began + delaySeconds * 1000);
    },
    keepPace: (bodies, pace) => keepPace((batch) => send(batch, 0), bodies, pace),
    untilLeft: async (messages) => {
      while ((await count()) > messages) await wait(pollMs);
    },
    purge: async () => {
      await client.send(new PurgeQueueCommand({ QueueUrl: url }));
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

function splitIntoBatches(bodies: readonly string[], size = batchSize): readonly (readonly string[])[] {
  const count = Math.ceil(bodies.length / size);
  return Array.from({ length: count }, (_, index) => bodies.slice(index * size, (index + 1) * size));
}

/** By the clock of `performance`. */
async function waitUntil(at: number): Promise<void> {
  await wait(Math.max(at - performance.now(), 0));
}

async function keepPace(
  send: (batch: readonly string[]) => Promise<void>,
  bodies: readonly string[],
  { perSecond, together }: Pace,
): Promise<readonly number[]> {
  const began = performance.now();
  const sent: number[] = [];
  for (const batch of splitIntoBatches(bodies, together)) {
    await waitUntil(began + (sent.length * 1000) / perSecond);
    const now = Date.now();
    sent.push(...batch.map(() => now));
    await send(batch);
  }
  return sent;
}
