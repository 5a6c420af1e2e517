import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

/** What the service counts of itself, in Prometheus's words. No label tells of a person (spec 6.3). */
export interface Metrics {
  /** Counts a settled message's outcome. */
  countOutcome(eventType: string, outcome: string): void;
  /** Counts a failed attempt by what failed. */
  countFailure(dependency: string): void;
  /** Measures a request; `route` is the pattern and not the address. */
  measureRequest(
    request: { readonly method: string; readonly route: string; readonly status: number },
    seconds: number,
  ): void;
  /** The whole of it as text, and the text's type. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
}

/** Counters and timings of this process. Each call makes a registry of its own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const outcomes = new Counter({
    name: "mpc_delius_outcomes_total",
    help: "Messages settled, by event type and outcome",
    labelNames: ["event_type", "outcome"] as const,
    registers,
  });
  const failures = new Counter({
    name: "mpc_delius_failed_attempts_total",
    help: "Failed attempts at a message, by the dependency that failed",
    labelNames: ["dependency"] as const,
    registers,
  });
  const requests = new Histogram({
    name: "http_server_request_duration_seconds",
    help: "Requests answered, by method, route and status",
    labelNames: ["method", "route", "status"] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  return {
    countOutcome: (eventType, outcome) => outcomes.inc({ event_type: eventType, outcome }),
    countFailure: (dependency) => failures.inc({ dependency }),
    measureRequest: ({ method, route, status }, seconds) => requests.observe({ method, route, status }, seconds),
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}
