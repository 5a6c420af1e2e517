import path from "node:path";
import { ChangeMessageVisibilityBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { startPeers, type Peers, type PeersSettings } from "../../sandbox/peers.ts";
import { region } from "../../sandbox/queue-server.ts";
import { watchLines, type LineWatch } from "./line-watch.ts";
import { expectNothingPersonal } from "./personal-data.ts";
import { createReplica, type Replica, type ReplicaSettings } from "./replica.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";
import { expectNothingUnexpected, findUnexpected, type Unexpected } from "./unexpected-calls.ts";

/** How a suite wants its processes. */
export interface DeploymentSettings extends PeersSettings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes the database before any process starts. */
  readonly prepare?: (database: TestDatabase) => Promise<unknown>;
  readonly listeners?: ReplicaSettings["listeners"];
}

/**
 * The service in processes of their own; what they lean on is in this one. Dispose kills and closes everything, and fails
 * when a process has written what identifies a person or called what it ought not to.
 */
export interface Deployment extends Peers, LineWatch {
  readonly database: TestDatabase;
  readonly replicas: readonly Replica[];
  /** Makes one more process behind proxies of its own, and starts it; `folder` holds its code where that is another's. */
  addReplica(environment?: Readonly<Record<string, string>>, folder?: string): Promise<Replica>;
  /** Makes one more process behind proxies of its own, and does not start it. */
  prepareReplica(listeners?: ReplicaSettings["listeners"], folder?: string): Promise<Replica>;
  /** Does to what a process holds what the queue does when its visibility of a minute has run out. */
  expire(replica: Replica): Promise<void>;
  /** The same to all that the queue hides: of an answer that was lost on the way no process knows. */
  expireAll(): Promise<void>;
  /** What ought not to have left the processes so far. */
  unexpected(): Unexpected;
  /** Waits until the queue holds nothing, visible or in work. */
  untilQueueIsEmpty(): Promise<void>;
}

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** Starts everything around the service, and no process of it yet. */
export async function deploy(settings: DeploymentSettings = {}): Promise<Deployment> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createTestDatabase());
  await settings.prepare?.(database);
  const peers = starting.use(await startPeers(settings));
  const sqs = new SQSClient({ region, endpoint: peers.queue.endpoint, credentials });
  starting.defer(() => sqs.destroy());
  const watch = watchLines();
  const replicas: Replica[] = [];
  const unexpected = () => findUnexpectedOf(peers, replicas);
  starting.defer(async () => {
    expectNothingUnexpected(unexpected());
    await expectNothingPersonal(
      replicas.flatMap(({ output }) => output),
      { database, mpc: peers.mpc },
    );
  });
  const prepareReplica: Deployment["prepareReplica"] = async (listeners = settings.listeners ?? {}, folder) => {
    const number = replicas.length + 1;
    const given = { number, peers, databaseUrl: database.url, watch, environment: settings.environment ?? {} };
    const replica = resources.use(
      await createReplica({ ...given, ...(folder === undefined ? {} : { folder }), listeners }),
    );
    replicas.push(replica);
    return replica;
  };
  const resources = starting.move();
  return {
    ...peers,
    ...watch,
    database,
    replicas,
    unexpected,
    prepareReplica,
    addReplica: async (environment, folder) => {
      const replica = await prepareReplica(undefined, folder);
      await replica.start(environment);
      return replica;
    },
    expire: (replica) => expire(sqs, peers.queue.queueUrl, replica.receipts()),
    expireAll: async () => expire(sqs, peers.queue.queueUrl, await listHidden(peers.queue)),
    untilQueueIsEmpty: async () => {
      for (;;) {
        const seen = watch.news();
        const { visible, inFlight } = await peers.queue.count();
        if (visible + inFlight === 0) return;
        // The queue answers someone before it can be empty.
        await watch.until("an answer of the queue", () => watch.news() > seen || undefined);
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function findUnexpectedOf(peers: Peers, replicas: readonly Replica[]): Unexpected {
  const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
  const { requests, tokens } = findUnexpected(peers, {
    starts: sum(replicas.map((replica) => replica.launches())),
    lost: sum(replicas.map(({ proxies }) => proxies.auth.losses())),
  });
  return { tokens, requests: [...requests, ...replicas.flatMap((replica) => replica.strayed())] };
}

const queueSchema = z.object({ messages: z.object({ inflight: z.array(z.object({ receiptHandle: z.string() })) }) });

/** The receipts of what the queue has given out and hides. */
async function listHidden({ endpoint, queueUrl }: Peers["queue"]): Promise<readonly string[]> {
  const answer = await fetch(`${endpoint}/_fauxqs/queues/${path.posix.basename(queueUrl)}`);
  return queueSchema.parse(await answer.json()).messages.inflight.map(({ receiptHandle }) => receiptHandle);
}

/** What is no more in work fails by itself. */
async function expire(sqs: SQSClient, url: string, receipts: readonly string[]): Promise<void> {
  const batches = Math.ceil(receipts.length / 10);
  const batchAt = (index: number) =>
    receipts.slice(index * 10, index * 10 + 10).map((receipt, place) => ({
      Id: String(place),
      ReceiptHandle: receipt,
      VisibilityTimeout: 0,
    }));
  const commands = Array.from(
    { length: batches },
    (_, index) => new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: batchAt(index) }),
  );
  await Promise.all(commands.map((command) => sqs.send(command)));
}
