import { DependencyError, type Dependency } from "./dependency-error.ts";
import { followDepth } from "./json-depth.ts";
import type { Metrics } from "./metrics.ts";
import { writeTraceparent } from "./trace-context.ts";
import type { Tracing } from "./tracing.ts";
import { createPlaces, type Place } from "./work-places.ts";

/** A call of another service. Its address is not named, for it may hold a person's number. */
export interface ServiceCall {
  readonly dependency: Dependency;
  readonly method: "GET" | "POST";
  /** What is asked for, as `handover`. */
  readonly name: string;
}

/** Makes a call, which takes these headers along. */
export type ObserveCall = <Response extends { readonly status: number }>(
  call: ServiceCall,
  send: (headers: Readonly<Record<string, string>>) => Promise<Response>,
) => Promise<Response>;

/** Makes calls that no one watches. */
export const unobserved: ObserveCall = (_call, send) => send({});

/** Makes each call in a span of its own, tells the other side of the trace, and measures how long it took. */
export function observeCalls(tracing: Tracing, metrics: Pick<Metrics, "observe">, uptime: () => number): ObserveCall {
  return ({ dependency, method, name }, send) => {
    const attributes = { "http.request.method": method, "peer.service": dependency };
    return tracing.trace({ name: `${method} ${dependency} ${name}`, kind: "client", attributes }, async (span) => {
      const startedAt = uptime();
      let status = 0;
      try {
        const response = await send(span.context === null ? {} : { traceparent: writeTraceparent(span.context) });
        ({ status } = response);
        span.annotate({ "http.response.status_code": status });
        return response;
      } finally {
        metrics.observe("calls", { dependency, method, status }, (uptime() - startedAt) / 1000);
      }
    });
  };
}

/** Makes a call when it is its turn; raises the signal's reason when that aborts before. */
export type TakeTurn = <Value>(call: () => Promise<Value>, signal: AbortSignal) => Promise<Value>;

/**
 * Lets at most so many calls be under way at once, the first first. A call that is overtaken by as many others is hanging: it goes on
 * beside them, so that a few that are never answered hold up no one.
 */
export function limitCalls({ calls, hanging }: { readonly calls: number; readonly hanging: number }): TakeTurn {
  const places = createPlaces({ overtakenBy: calls, maxOvertaken: hanging });
  const waiting = new Set<(place: Place) => void>();
  const beginNext = (): void => {
    for (const begin of waiting) {
      const place = places.take(calls);
      if (place === null) return;
      waiting.delete(begin);
      begin(place);
    }
  };
  return async (call, signal) => {
    signal.throwIfAborted();
    const { promise: turn, resolve: begin, reject } = Promise.withResolvers<Place>();
    const giveUp = (): void => {
      if (waiting.delete(begin)) reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    waiting.add(begin);
    beginNext();
    const place = await turn;
    signal.removeEventListener("abort", giveUp);
    try {
      return await call();
    } finally {
      place.leave();
      beginNext();
    }
  };
}

/** Whose answer it is, and how many bytes of it are read at most. */
export interface BodyLimit {
  readonly dependency: Dependency;
  readonly bytes: number;
}

/**
 * Reads the body of an answer as text. Raises `DependencyError` when it is longer than its limit, not UTF-8, or JSON that is nested
 * so deeply that parsing it would hold up everything else.
 */
export async function readCapped(
  body: AsyncIterable<Uint8Array> | null,
  { dependency, bytes }: BodyLimit,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  const isTooDeep = followDepth();
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > bytes) throw new DependencyError(dependency, "answer too large");
    if (isTooDeep(chunk)) throw new DependencyError(dependency, "answer nested too deeply");
    chunks.push(chunk);
  }
  try {
    return decodeStrictly(Buffer.concat(chunks));
  } catch (error) {
    throw new DependencyError(dependency, "answer is not UTF-8", error);
  }
}

/** Bytes as UTF-8 text. Raises where they are not: replacing what cannot be read would write a wrong name into Delius. */
export function decodeStrictly(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
