const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Says when this process is asked to stop. Dispose gives the signals back to whoever listens next. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Listens for being asked to stop: by Ctrl-C, by `kill`, by a terminal that is closed, or by a reader that is gone. None
 * of them ends the process, however often it comes: whoever listens stops in order.
 */
export function listenForStop(): StopSignal {
  const stopping = new AbortController();
  const ask = () => stopping.abort();
  const streams = [process.stdout, process.stderr];
  names.forEach((name) => process.on(name, ask));
  streams.forEach((stream) => stream.on("error", ask));
  return {
    signal: stopping.signal,
    [Symbol.dispose]: () => {
      names.forEach((name) => process.off(name, ask));
      streams.forEach((stream) => stream.off("error", ask));
    },
  };
}
