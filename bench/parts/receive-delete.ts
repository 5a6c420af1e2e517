import { once } from "node:events";
import { z } from "zod";
import { createDeletions, openQueue } from "../../src/platform/queue/queue.ts";
import { createLog } from "../../src/platform/process/log.ts";

// The limit of the queue: messages are received and deleted by the service's own client, and nothing is done with them.

const settings = z
  .object({ SQS_QUEUE_URL: z.string(), AWS_REGION: z.string(), AWS_ENDPOINT_URL_SQS: z.string() })
  .parse(process.env);

const receivers = 2;
const receiveSize = 10;

await using resources = new AsyncDisposableStack();
const queue = resources.use(
  openQueue({
    url: settings.SQS_QUEUE_URL,
    deadLetterUrl: undefined,
    region: settings.AWS_REGION,
    endpoint: settings.AWS_ENDPOINT_URL_SQS,
  }),
);
const deletions = resources.use(createDeletions(queue, createLog("warn")));
const stopping = new AbortController();
const receive = async () => {
  while (!stopping.signal.aborted) {
    const messages = await queue.receive(receiveSize, stopping.signal);
    messages.forEach(({ receiptHandle }) => deletions.add(receiptHandle, null));
  }
};
const running = Promise.all(Array.from({ length: receivers }, receive));
process.stdout.write("ready\n");
await once(process, "SIGTERM");
stopping.abort();
await running;
