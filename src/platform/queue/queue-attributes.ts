import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { errorClassOf } from "../process/dependency-error.ts";

/** About how many messages wait, are in someone's hands, and are dead. */
export interface QueueCounts {
  readonly name: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly dead: number | null;
  /** The dead-letter queue that is named and cannot be looked at, and why: messages go on, and none can be buried. */
  readonly deadLetterQueue?: { readonly name: string; readonly error: string };
}

/** Milliseconds that a call of the queue may take: the SDK itself would wait for ever for one that has fallen silent. */
export const callMs = 5_000;

/** How many messages the queue at `url` and its dead-letter queue hold. */
export async function countMessages(
  client: SQSClient,
  url: string,
  deadLetterUrl: string | undefined,
): Promise<QueueCounts> {
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

/** What stands behind the last separator: the name in an address. */
export function lastPart(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}

/** How many messages a queue holds, about, and what becomes of those that fail. */
export async function attributesOf(client: SQSClient, url: string) {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "RedrivePolicy"] as const;
  const { Attributes: attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
    { abortSignal: AbortSignal.timeout(callMs) },
  );
  return attributes;
}

const redriveSchema = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().nullable().catch(null),
});

/** Receives after which the queue gives a message up; null where it never does. */
export async function findMaxReceives(client: SQSClient, url: string): Promise<number | null> {
  const { RedrivePolicy: policy } = await attributesOf(client, url);
  return policy === undefined ? null : redriveSchema.parse(JSON.parse(policy)).maxReceiveCount;
}

/** The address of the dead-letter queue that a redrive policy names; null without one. */
export async function findDeadLetterUrl(client: SQSClient, redrivePolicy: string | undefined): Promise<string | null> {
  const name = readDeadLetterName(redrivePolicy);
  if (name === null) return null;
  const { QueueUrl: url = null } = await client.send(new GetQueueUrlCommand({ QueueName: name }), {
    abortSignal: AbortSignal.timeout(callMs),
  });
  return url;
}

function readDeadLetterName(redrivePolicy: string | undefined): string | null {
  if (redrivePolicy === undefined) return null;
  return lastPart(redriveSchema.parse(JSON.parse(redrivePolicy)).deadLetterTargetArn, ":");
}
