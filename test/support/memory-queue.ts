import type { Log } from "../../src/platform/process/log.ts";
import type { Queue, QueueMessage } from "../../src/platform/queue/queue.ts";

/** A call of a queue in memory. */
export type QueueCall =
  | { readonly kind: "remove"; readonly receiptHandles: readonly string[] }
  | { readonly kind: "hide"; readonly receiptHandle: string; readonly seconds: number };

/** A queue in memory that hands out what the test gives it, and keeps what it was asked. */
export interface MemoryQueue extends Queue {
  readonly calls: readonly QueueCall[];
  /** How many receives wait for messages. */
  receivers(): number;
  /** How many messages each receive asked for. */
  readonly rooms: readonly number[];
  /** Answers the receive that waits, or the next one. */
  deliver(messages: readonly QueueMessage[]): void;
  /** Makes the next receive fail. */
  failReceive(error: Error): void;
  /** What a deletion or a change of visibility ends in; nothing fails without it. */
  respond: (call: QueueCall) => Promise<readonly string[]>;
  /** After how many receives it gives a message up; never without it. Raises to say that it is not known. */
  maxReceives: () => Promise<number | null>;
}

type Delivery = () => readonly QueueMessage[];

/** Opens a queue in memory. */
export function openMemoryQueue(): MemoryQueue {
  const calls: QueueCall[] = [];
  const rooms: number[] = [];
  const deliveries: Delivery[] = [];
  const waiting: ((delivery: Delivery) => void)[] = [];
  const put = (delivery: Delivery) => {
    const receiver = waiting.shift();
    if (receiver === undefined) deliveries.push(delivery);
    else receiver(delivery);
  };
  const take = (signal: AbortSignal) => {
    if (signal.aborted) return Promise.resolve<Delivery>(() => []);
    const ready = deliveries.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise<Delivery>((resolve) => {
      waiting.push(resolve);
      signal.addEventListener("abort", () => resolve(() => []), { once: true });
    });
  };
  const note = (call: QueueCall) => {
    calls.push(call);
    return queue.respond(call);
  };
  const queue: MemoryQueue = {
    name: "memory",
    calls,
    rooms,
    receivers: () => waiting.length,
    deliver: (messages) => put(() => messages),
    failReceive: (error) =>
      put(() => {
        throw error;
      }),
    respond: () => Promise.resolve([]),
    receive: async (most, signal) => {
      rooms.push(most);
      return (await take(signal))();
    },
    remove: (receiptHandles) => note({ kind: "remove", receiptHandles }),
    hide: async (receiptHandle, seconds) => {
      await note({ kind: "hide", receiptHandle, seconds });
    },
    maxReceives: () => Promise.resolve(null),
    count: () => Promise.resolve({ name: "memory", waiting: 0, inFlight: 0, dead: null }),
    [Symbol.dispose]: () => undefined,
  };
  return queue;
}

/** A log that keeps its lines as texts. */
export function keepLog(): { readonly log: Log; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { log: { info: write, warn: write, error: write }, lines };
}

/** Lets everything run on that is ready to. Timers stay where they are. */
export function runReady(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
