import { setTimeout as wait } from "node:timers/promises";

/** How work is repeated. */
export interface Repetition {
  /** Milliseconds until the work is done for the first time. */
  readonly first: number;
  /** Milliseconds until the work is done again, asked for each time. */
  readonly pause: () => number;
  /** Called with what the work raises; it is done again after the next pause. */
  readonly fail: (error: unknown) => void;
}

/** Runs `work` after a delay, then repeatedly until the signal aborts; what is under way then ends first. */
export async function repeat(
  work: (signal: AbortSignal) => Promise<unknown>,
  { first, pause, fail }: Repetition,
  signal: AbortSignal,
): Promise<void> {
  const report = (error: unknown) => {
    if (!signal.aborted) fail(error);
  };
  const rest = (milliseconds: number) => wait(milliseconds, undefined, { signal }).catch(() => undefined);
  await rest(first);
  while (!signal.aborted) {
    await work(signal).catch(report);
    await rest(pause());
  }
}

/** A job that runs until it is disposed, which lets what is under way end. */
export interface Job extends AsyncDisposable {
  start(): void;
}

/** Makes a job of {@link repeat}. */
export function repeatingJob(work: (signal: AbortSignal) => Promise<unknown>, repetition: Repetition): Job {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    start: () => {
      running = repeat(work, repetition, stopping.signal);
    },
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return running;
    },
  };
}
