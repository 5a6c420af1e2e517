import { DependencyError } from "./dependency-error.ts";

/** Reads values for keys, in the order of the keys. */
export type ReadAll<Key, Value> = (keys: readonly Key[]) => Promise<readonly Value[]>;

/** How reads are shared. */
export interface CoalescingSettings {
  /** Keys in one read at most; a single call with more keys is read whole. */
  readonly most: number;
  /** Reads under way at once. */
  readonly parallel: number;
}

interface Call<Key, Value> {
  readonly keys: readonly Key[];
  readonly resolve: (values: readonly Value[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets calls that wait at the same moment share one read, so that load makes reads larger and not more. Calls of one
 * turn of the event loop, and those that come while all reads are under way, travel together. When what is
 * read from fails, each call that shared the read fails; when one call's own data cannot be read, the others do not.
 */
export function coalesce<Key, Value>(read: ReadAll<Key, Value>, settings: CoalescingSettings): ReadAll<Key, Value> {
  const waiting: Call<Key, Value>[] = [];
  let active = 0;
  let isScheduled = false;
  const pump = (): void => {
    isScheduled = false;
    while (active < settings.parallel && waiting.length > 0) {
      active += 1;
      void readTogether(read, takeCalls(waiting, settings.most)).finally(() => {
        active -= 1;
        pump();
      });
    }
  };
  return (keys) =>
    new Promise((resolve, reject) => {
      waiting.push({ keys, resolve, reject });
      if (isScheduled || active >= settings.parallel) return;
      isScheduled = true;
      setImmediate(pump);
    });
}

function takeCalls<Key, Value>(waiting: Call<Key, Value>[], most: number): readonly Call<Key, Value>[] {
  let keys = 0;
  const past = waiting.findIndex((call, index) => {
    keys += call.keys.length;
    return index > 0 && keys > most;
  });
  return waiting.splice(0, past === -1 ? waiting.length : past);
}

async function readTogether<Key, Value>(read: ReadAll<Key, Value>, calls: readonly Call<Key, Value>[]): Promise<void> {
  try {
    const values = await read(calls.flatMap(({ keys }) => keys));
    let from = 0;
    for (const { keys, resolve } of calls) {
      resolve(values.slice(from, from + keys.length));
      from += keys.length;
    }
  } catch (error) {
    if (calls.length > 1 && !(error instanceof DependencyError)) return readOneByOne(read, calls);
    calls.forEach(({ reject }) => reject(error));
  }
}

async function readOneByOne<Key, Value>(read: ReadAll<Key, Value>, calls: readonly Call<Key, Value>[]): Promise<void> {
  for (const call of calls) await readTogether(read, [call]);
}
