/** Since when nothing has been possible, and why. Times are readings of `Uptime`. */
export interface Standstill {
  /** It was possible. */
  end(): void;
  /** It failed again. */
  add(reason: string, at: number): void;
  /** The reason, once it has lasted a minute; null when it has not. */
  find(at: number): string | null;
}

const milliseconds = { lasting: 60_000, forgotten: 900_000 };

/** Watches for one thing that keeps failing. What has not been tried for a quarter of an hour is not known to fail any more. */
export function watchStandstill(): Standstill {
  let failing: { readonly since: number; readonly last: number; readonly reason: string } | null = null;
  const current = (at: number) => (failing !== null && at - failing.last < milliseconds.forgotten ? failing : null);
  return {
    end: () => {
      failing = null;
    },
    add: (reason, at) => {
      failing = { since: current(at)?.since ?? at, last: at, reason };
    },
    find: (at) => {
      const found = current(at);
      return found !== null && at - found.since >= milliseconds.lasting ? found.reason : null;
    },
  };
}
