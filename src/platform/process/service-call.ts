import type { Dependency } from "./dependency-error.ts";
import type { Metrics } from "./metrics.ts";
import { writeTraceparent } from "./trace-context.ts";
import type { Tracing } from "./tracing.ts";

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
