/** What is to be sent soon. Dispose sends what is left. */
export interface Outbox<Item> extends AsyncDisposable {
  add(item: Item): void;
}

const limits = { batch: 512, waiting: 8_192, everyMs: 1_000 };

/** Sends what is added in batches, about every second; where too much waits, the newest is dropped. */
export function prepareOutbox<Item>(send: (batch: readonly Item[]) => Promise<unknown>): Outbox<Item> {
  const waiting: Item[] = [];
  let sending: Promise<unknown> = Promise.resolve();
  const flush = (): void => {
    const batch = waiting.splice(0, limits.batch);
    if (batch.length > 0) sending = Promise.all([sending, send(batch)]);
  };
  const timer = setInterval(flush, limits.everyMs).unref();
  return {
    add: (item) => {
      if (waiting.length < limits.waiting) waiting.push(item);
      if (waiting.length === limits.batch) flush();
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      while (waiting.length > 0) flush();
      await sending;
    },
  };
}
