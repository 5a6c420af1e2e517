import { Pool, type Dispatcher } from "undici";

/** A request that is sent again and again, with what changes from one to the next. */
export interface Load {
  readonly origin: string;
  readonly connections: number;
  readonly seconds: number;
  readonly next: () => Pick<Dispatcher.DispatchOptions, "path" | "method" | "headers" | "body">;
}

/** What a server did under load. */
export interface LoadReading {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds that half of the requests, and 99 of 100, took at most. */
  readonly p50: number;
  readonly p99: number;
}

/** Sends requests over so many connections, each after the answer to the one before. Raises at an answer that is not 200. */
export async function loadServer({ origin, connections, seconds, next }: Load): Promise<LoadReading> {
  await using pool = openPool(origin, connections);
  const taken: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const call = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      await send(pool.client, next());
      taken.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: connections }, call));
  const elapsed = (performance.now() - began) / 1000;
  taken.sort((one, other) => one - other);
  const at = (share: number) => taken[Math.floor(taken.length * share)] ?? Number.NaN;
  return { requests: taken.length, seconds: elapsed, p50: at(0.5), p99: at(0.99) };
}

function openPool(origin: string, connections: number) {
  const client = new Pool(origin, { connections, pipelining: 1 });
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

/** The bytes of the answer are taken and thrown away: what is measured is the other side. */
function send(pool: Pool, request: ReturnType<Load["next"]>): Promise<void> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, status) => {
        if (status !== 200) reject(new Error(`The server answered ${status} to ${request.path}.`));
      },
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
