import { errorClassOf } from "../process/dependency-error.ts";
import type { Log } from "../process/log.ts";
import type { Secret } from "../process/secret.ts";
import type { Attributes } from "../process/tracing.ts";
import { toKeyValues } from "./otlp-value.ts";

/** Where telemetry is sent, and whose it is. */
export interface SenderSettings {
  /** The address of the collector; `/v1/traces` and so on are put behind it. */
  readonly endpoint: string;
  /** Further headers, such as a key. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** The service, its version and instance, and what else is told with everything. */
  readonly resource: Attributes;
}

/** Sends telemetry to a collector: OTLP over HTTP, as JSON. What cannot be sent is dropped; nothing ever waits for it. */
export interface Sender {
  /** Answers whether it was taken. */
  send(signal: "traces" | "metrics" | "logs", items: readonly object[]): Promise<boolean>;
}

const patienceMs = 5_000;
const scope = { name: "manage-pom-cases-and-delius" };

/** A sender that logs when the collector stops taking what is sent, and when it takes it again. */
export function prepareSender({ endpoint, headers, resource }: SenderSettings, log: Log): Sender {
  const shared = { attributes: toKeyValues(resource) };
  const wrap = {
    traces: (spans: readonly object[]) => ({ resourceSpans: [{ resource: shared, scopeSpans: [{ scope, spans }] }] }),
    metrics: (metrics: readonly object[]) => ({
      resourceMetrics: [{ resource: shared, scopeMetrics: [{ scope, metrics }] }],
    }),
    logs: (logRecords: readonly object[]) => ({
      resourceLogs: [{ resource: shared, scopeLogs: [{ scope, logRecords }] }],
    }),
  };
  let isWell = true;
  const post = async (path: string, body: object) => {
    const { status, body: answer } = await fetch(`${endpoint.replace(/\/$/, "")}/v1/${path}`, {
      method: "POST",
      redirect: "error",
      signal: AbortSignal.timeout(patienceMs),
      headers: {
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
    await answer?.cancel();
    return status >= 200 && status < 300 ? null : `HTTP ${status}`;
  };
  return {
    send: async (signal, items) => {
      if (items.length === 0) return true;
      const fault = await post(signal, wrap[signal](items)).catch(errorClassOf);
      if (fault !== null && isWell)
        log.warn({ errorClass: fault }, "telemetry cannot be sent: it is dropped until it can");
      if (fault === null && !isWell) log.info({}, "telemetry is sent again");
      isWell = fault === null;
      return isWell;
    },
  };
}
