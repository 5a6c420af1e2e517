import type { FastifyInstance } from "fastify";
import { buildApp, type BuildAppOptions } from "fauxqs";
import { z } from "zod";

type Stores = NonNullable<BuildAppOptions["stores"]>;
type Persistence = NonNullable<Stores["sqsStore"]["persistence"]>;

// The package keeps its storage out of its entry point, where it is joined to a server that listens on every address.
const modules = {
  sqs: z.object({ SqsStore: constructorOf<new () => Stores["sqsStore"]>() }),
  sns: z.object({ SnsStore: constructorOf<new () => Stores["snsStore"]>() }),
  s3: z.object({ S3Store: constructorOf<new () => Stores["s3Store"]>() }),
  persistence: z.object({ PersistenceManager: constructorOf<new (directory: string) => Persistence>() }),
};

function constructorOf<Constructor>() {
  return z.custom<Constructor>((value) => typeof value === "function");
}

/** An SQS/SNS server whose queues, topics and messages survive a restart in a folder. */
export async function buildPersistentServer(directory: string): Promise<FastifyInstance> {
  const { SqsStore } = modules.sqs.parse(await load("sqs/sqsStore.js"));
  const { SnsStore } = modules.sns.parse(await load("sns/snsStore.js"));
  const { S3Store } = modules.s3.parse(await load("s3/s3Store.js"));
  const { PersistenceManager } = modules.persistence.parse(await load("persistence.js"));
  const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  const persistence = new PersistenceManager(directory);
  // Loaded before the stores write through to it: reading must not write.
  persistence.loadSqsAndSns(stores.sqsStore, stores.snsStore);
  stores.sqsStore.persistence = persistence;
  stores.snsStore.persistence = persistence;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence;
  keepShownMessages(stores.sqsStore, persistence);
  const app = buildApp({ logger: false, stores });
  app.addHook("preClose", (done) => {
    persistence.close();
    done();
  });
  return app;
}

/**
 * A message that is shown again before its time must stay known: the package empties columns that must not be empty, fails,
 * and has forgotten the message meanwhile (2.4.1). It is written as a new one instead, as soon as it is back in its queue.
 */
function keepShownMessages(store: Stores["sqsStore"], persistence: Persistence): void {
  persistence.updateMessageReady = (messageId) => {
    queueMicrotask(() => {
      for (const queue of store.allQueues()) {
        const message = queue.inspectMessages().ready.findLast((one) => one.messageId === messageId);
        if (message !== undefined) persistence.insertMessage(queue.name, message);
      }
    });
  };
}

function load(file: string): Promise<unknown> {
  return import(new URL(file, import.meta.resolve("fauxqs")).href);
}
