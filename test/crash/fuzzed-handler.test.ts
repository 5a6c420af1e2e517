import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { machineClocks } from "../../src/platform/time/clocks.ts";
import { region, startQueueServer } from "../../sandbox/queue-server.ts";
import { createChance, type Chance } from "../../sandbox/seed/random-numbers.ts";
import type { Database } from "../../src/platform/database/database.ts";
import { createDeletions, openQueue, type Queue } from "../../src/platform/queue/queue.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { failMessage } from "../../src/sync/intake/failed-attempt.ts";
import { claimMessages, insertAttempts, type Attempt } from "../../src/sync/pipeline/journal-store.ts";
import type { HandledEnding } from "../../src/sync/pipeline/message-handler.ts";
import type { ReadMessage } from "../../src/sync/pipeline/prepared-message.ts";
import { noTracing } from "../../src/platform/process/tracing.ts";
import { createIntake } from "../../src/sync/intake/intake.ts";
import { findUnsettled } from "../support/delius-truth.ts";
import { figures, reportFigures } from "../support/figures.ts";
import { watchLines, type LineWatch } from "../support/line-watch.ts";
import { handoverEvent, nomsOf, toNotification } from "../support/messages.ts";
import { mpcOrigin } from "../support/pipeline-fixture.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

type Handle = (message: ReadMessage, signal: AbortSignal) => Promise<HandledEnding>;

/** Settles a message as far as the queue is concerned: it gets its row in the inbox. */
function createHandle(database: Database): Handle {
  return async ({ envelope, delivery }, signal) => {
    const { inboxKey, eventType } = envelope;
    const claim = { inboxKey, eventType, nomsNumber: null, crn: null, receivedAt: delivery.receivedAt };
    const free = await database.transaction(
      async (tx) => ({ commit: true, value: await claimMessages(tx, [claim]) }),
      signal,
    );
    return free.has(inboxKey) ? { kind: "settled", outcomes: [] } : { kind: "duplicate" };
  };
}

type Fate = (handle: Handle, message: ReadMessage, signal: AbortSignal) => Promise<HandledEnding>;

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** What may become of a message in the hands of code that is not what it ought to be. */
const fates: Readonly<Record<string, Fate>> = {
  settles: (handle, message, signal) => handle(message, signal),
  "throws before anything is done": () => {
    throw new Error("at once");
  },
  "rejects with what is no error": () => Promise.reject(undefined),
  "rejects for a dependency": () => Promise.reject(new DependencyError("mpc", "HTTP 503")),
  "settles and rejects afterwards": async (handle, message, signal) => {
    await handle(message, signal);
    throw new Error("too late");
  },
  "hangs until its time is up": (_handle, _message, signal) => untilAborted(signal),
  "rejects long after its time was up": async (_handle, _message, signal) => {
    await untilAborted(signal).catch(() => wait(30));
    throw new Error("late");
  },
  "begins when its time is up": async (handle, message, signal) => {
    await untilAborted(signal).catch(() => undefined);
    return handle(message, signal);
  },
  "settles although its time is up": async (handle, message, signal) => {
    await untilAborted(signal).catch(() => undefined);
    return handle(message, neverAborted());
  },
  "says that the case is locked": () => Promise.resolve({ kind: "locked" }),
};

interface Stage extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly store: Database;
  readonly queue: Queue;
  readonly send: (body: string) => Promise<string>;
}

async function setStage(): Promise<Stage> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createTestDatabase());
  const store = starting.use(openStore(database));
  const server = starting.use(await startQueueServer({ maxReceiveCount: 1_000 }));
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  const queue = starting.use(
    openQueue({ url: server.queueUrl, deadLetterUrl: undefined, region, endpoint: server.endpoint }),
  );
  const resources = starting.move();
  return {
    database,
    store,
    queue,
    send: (body) => server.send(body),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A queue that knows which message each receipt stands for, and looks whether it has an outcome when it is deleted. */
function watchDeletions({ queue, database }: Stage, chance: Chance) {
  const keys = new Map<string, string>();
  const without: string[] = [];
  let deleted = 0;
  const watched: Queue = {
    ...queue,
    receive: async (most, signal) => {
      const messages = await queue.receive(most, signal);
      messages.forEach(({ receiptHandle, body }) => keys.set(receiptHandle, keyIn(body)));
      return messages;
    },
    remove: async (receipts) => {
      without.push(
        ...(await findUnsettled(
          database,
          receipts.map((receipt) => keys.get(receipt) ?? "unknown"),
        )),
      );
      if (chance.happens(0.1)) throw new DependencyError("queue", "ECONNRESET");
      deleted += receipts.length;
      return queue.remove(receipts);
    },
  };
  return { watched, without, deleted: () => deleted };
}

function keyIn(body: string): string {
  return /"MessageId":"([^"]+)"/.exec(body)?.[1] ?? "unknown";
}

function logTo(watch: LineWatch) {
  const write = (fields: Readonly<Record<string, unknown>>, message: string) =>
    watch.add({ writer: 0, message, fields });
  return { info: write, warn: write, error: write };
}

it("P12: nothing is deleted without an outcome, no matter what the handlers do", async (context) => {
  await using stage = await setStage();
  const chance = createChance(12);
  const { watched, without, deleted } = watchDeletions(stage, chance);
  // Its time is up after a moment and not after 45 seconds.
  const begin = setTimeout;
  context.mock.method(globalThis, "setTimeout", (act: () => void, milliseconds: number) =>
    begin(act, milliseconds === 45_000 ? 300 : milliseconds),
  );
  const watch = watchLines();
  const log = logTo(watch);
  const metrics = { count: () => undefined, observe: () => undefined };
  const handle = createHandle(stage.store);
  const gate = {
    allowance: () => null,
    isPaused: () => false,
    onChange: () => undefined,
    recordWell: () => undefined,
    recordFailure: () => undefined,
  };
  const recordAttempts = (attempts: readonly Attempt[]) => insertAttempts(stage.store, attempts);
  const failure = { recordAttempts, queue: watched, log, metrics, random: Math.random, retryDelays: [0] };
  await using deletions = createDeletions(watched, log);
  await using intake = createIntake({
    queue: watched,
    deletions,
    log,
    metrics,
    tracing: noTracing,
    gate,
    ...machineClocks,
    // A quarter of them is for messages that have failed before, as nearly all have here.
    concurrency: 32,
    // Most of the fates settle nothing: every message is to be done in the end all the same.
    handle: async (message, signal) =>
      chance.happens(0.4) ? handle(message, signal) : chance.pick(Object.values(fates))(handle, message, signal),
    fail: (held, error) => failMessage(failure, held, error),
    // Back soon, but not at once: messages that are put back time and again would crowd out those that could be settled.
    postpone: (held) => watched.hide(held.receiptHandle, 1),
    onPausedEnd: () => undefined,
  });
  const keys = Array.from({ length: figures.events }, (_, index) => `fuzzed-${index}`);
  intake.start();
  for (const [index, key] of keys.entries()) {
    const body = toNotification(handoverEvent(mpcOrigin, nomsOf(index % 100)), key);
    await stage.send(body);
    if (chance.happens(0.3)) await stage.send(body);
  }
  await watch.allSettled(keys);
  await intake[Symbol.asyncDispose]();
  await deletions[Symbol.asyncDispose]();
  reportFigures({ "messages deleted": deleted(), "messages deleted without an outcome": without.length });
  assert.deepEqual(without, []);
  assert.ok(deleted() > 0);
});
