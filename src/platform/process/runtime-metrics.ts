import type { MetricDefinition } from "./metric-list.ts";

const shared = { kind: "gauge", help: "As Node reports it", labels: {} } as const;
const delay = { ...shared, unit: "s" };

/** The metrics of Node itself on `/metrics` that are sent by OTLP too. */
export const runtimeMetrics: readonly MetricDefinition[] = [
  { ...shared, name: "process_cpu_seconds_total", otlp: "process.cpu.time", unit: "s", kind: "counter" },
  { ...shared, name: "process_resident_memory_bytes", otlp: "process.memory.usage", unit: "By" },
  { ...shared, name: "nodejs_heap_size_used_bytes", otlp: "v8js.memory.heap.used", unit: "By" },
  { ...delay, name: "nodejs_eventloop_lag_mean_seconds", otlp: "nodejs.eventloop.delay.mean" },
  { ...delay, name: "nodejs_eventloop_lag_p50_seconds", otlp: "nodejs.eventloop.delay.p50" },
  { ...delay, name: "nodejs_eventloop_lag_p99_seconds", otlp: "nodejs.eventloop.delay.p99" },
  { ...delay, name: "nodejs_eventloop_lag_max_seconds", otlp: "nodejs.eventloop.delay.max" },
];
