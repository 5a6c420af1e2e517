import { once } from "node:events";
import { SQSClient, type Message } from "@aws-sdk/client-sqs";
import knex, { type Knex } from "knex";
import { Consumer } from "sqs-consumer";
import { z } from "zod";
import { writeAllocation } from "./peer-allocation.ts";
import { writeHandover } from "./peer-handover.ts";
import { createFetchDetail, readNotification, type FetchDetail } from "./peer-messages.ts";
import { readReferences, type PeerReferences } from "./peer-references.ts";

// What one would write without this project: four sqs-consumers of ten messages each, Knex, and one transaction a message
// with a statement for each look-up and row. Its Delius rows are those of the service for events of allocation and
// handover. It promises less: no inbox (a duplicate is worked through again), no journal, no quarantine, no retry with a
// growing delay, no fence against late answers, no repair of rows that contradict each other, no other event types.

const settings = z
  .object({
    DATABASE_URL: z.string(),
    DATABASE_POOL_SIZE: z.coerce.number().default(8),
    DELIUS_USERNAME: z.string().default("ManagePomCasesAndDelius"),
    SQS_QUEUE_URL: z.string(),
    AWS_REGION: z.string().default("eu-west-2"),
    AWS_ENDPOINT_URL_SQS: z.string(),
    AUTH_TOKEN_URL: z.string(),
    AUTH_CLIENT_ID: z.string(),
    AUTH_CLIENT_SECRET: z.string(),
  })
  .parse(process.env);

const consumers = 4;

interface Parts {
  readonly db: Knex;
  readonly references: PeerReferences;
  readonly fetchDetail: FetchDetail;
}

async function handle({ db, references, fetchDetail }: Parts, message: Message): Promise<Message> {
  const event = readNotification(message.Body ?? "");
  const answer = await fetchDetail(event.detailUrl);
  if (event.type === "offender-management.handover.changed") await writeHandover(db, references, { event, answer });
  else await writeAllocation(db, references, { event, answer });
  return message;
}

function startConsumers(parts: Parts): readonly Consumer[] {
  const sqs = new SQSClient({ region: settings.AWS_REGION, endpoint: settings.AWS_ENDPOINT_URL_SQS });
  return Array.from({ length: consumers }, () => {
    const consumer = Consumer.create({
      sqs,
      queueUrl: settings.SQS_QUEUE_URL,
      useQueueUrlAsEndpoint: false,
      batchSize: 10,
      waitTimeSeconds: 20,
      visibilityTimeout: 60,
      pollingCompleteWaitTimeMs: 10_000,
      handleMessage: (message) => handle(parts, message),
    });
    consumer.on("error", report).on("processing_error", report);
    consumer.start();
    return consumer;
  });
}

function report(error: Error): void {
  process.stderr.write(`${error.message}\n`);
}

async function stop(consumer: Consumer): Promise<void> {
  const stopped = once(consumer, "stopped");
  consumer.stop({ abort: true });
  await stopped;
}

// Delius keeps London's wall time, and the driver writes and reads dates in the process's own zone.
const zone = "Europe/London";
process.env["TZ"] = zone;
const db = knex({
  client: "pg",
  connection: { connectionString: settings.DATABASE_URL, options: `-c timezone=${zone}` },
  pool: { min: settings.DATABASE_POOL_SIZE, max: settings.DATABASE_POOL_SIZE },
});
const references = await readReferences(db, settings.DELIUS_USERNAME);
const { AUTH_TOKEN_URL: url, AUTH_CLIENT_ID: clientId, AUTH_CLIENT_SECRET: clientSecret } = settings;
const running = startConsumers({ db, references, fetchDetail: createFetchDetail({ url, clientId, clientSecret }) });
process.stdout.write("ready\n");
await once(process, "SIGTERM");
await Promise.all(running.map(stop));
await db.destroy();
