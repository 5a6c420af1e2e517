import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

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

const counted = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/** The queue of one contender, from the side of who fills it. Dispose closes the connection. */
export interface FilledQueue extends Disposable {
  /**
   * Fills the queue, and resolves at the moment at which the first of the messages can be received: by then the filling
   * itself takes nothing from whoever is measured.
   */
  fill(bodies: readonly string[]): Promise<void>;
  /** Waits until no message is left, neither waiting nor in work. */
  untilEmpty(): Promise<void>;
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
  return {
    fill: async (bodies) => {
      const began = performance.now();
      for (let from = 0; from < bodies.length; from += batchSize) {
        const entries = bodies
          .slice(from, from + batchSize)
          .map((body, index) => ({ Id: String(index), MessageBody: body, DelaySeconds: delaySeconds }));
        await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
      }
      await wait(Math.max(began + delaySeconds * 1000 - performance.now(), 0));
    },
    untilEmpty: async () => {
      while ((await count()) > 0) await wait(pollMs);
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}
