import { setTimeout as wait } from "node:timers/promises";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { Queue, QueueMessage } from "../../platform/queue/queue.ts";
import type { Condition } from "./condition.ts";

/** What receives messages for as long as there is room. */
export interface Receiving {
  /** Receives until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** There may be more room than there was. */
  wake(): void;
}

/** What receiving is built from. */
export interface ReceivingSettings {
  readonly queue: Pick<Queue, "receive" | "name">;
  readonly log: Log;
  readonly condition: Pick<Condition, "received" | "receiveFailed">;
  /** How many messages may be received now, 10 at most. */
  readonly room: () => number;
  readonly take: (message: QueueMessage) => void;
  /** Called after each receive, however it ended. */
  readonly onReceive: () => void;
}

const afterFailureMs = 1_000;

/** Makes what receives messages. */
export function prepareReceiving(settings: ReceivingSettings): Receiving {
  const { queue, log, condition, room, take, onReceive } = settings;
  let wake = (): void => undefined;
  const waitForRoom = async (signal: AbortSignal): Promise<number> => {
    for (;;) {
      const most = room();
      if (most > 0 || signal.aborted) return most;
      const change = Promise.withResolvers<void>();
      wake = change.resolve;
      await change.promise;
    }
  };
  const receive = async (most: number, signal: AbortSignal): Promise<void> => {
    try {
      const messages = await queue.receive(most, signal);
      condition.received();
      messages.forEach(take);
    } catch (error) {
      const errorClass = errorClassOf(error);
      condition.receiveFailed(errorClass);
      log.warn({ queue: queue.name, errorClass }, "receive failed");
      await wait(afterFailureMs, undefined, { signal }).catch(() => undefined);
    }
    onReceive();
  };
  return {
    run: async (signal) => {
      for (;;) {
        const most = await waitForRoom(signal);
        if (signal.aborted) return;
        await receive(most, signal);
      }
    },
    wake: () => wake(),
  };
}
