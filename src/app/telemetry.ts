import { randomUUID } from "node:crypto";
import packageFile from "../../package.json" with { type: "json" };
import { secret } from "../platform/process/secret.ts";
import { noTracing, type Tracing } from "../platform/process/tracing.ts";
import type { TelemetryParts, TelemetrySettings } from "../platform/telemetry/open-telemetry.ts";
import type { Environment } from "./environment.ts";

/** What telemetry is configured by. */
export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: true,
  OTEL_EXPORTER_OTLP_HEADERS: true,
  OTEL_EXPORTER_OTLP_PROTOCOL: true,
  OTEL_SERVICE_NAME: true,
  OTEL_RESOURCE_ATTRIBUTES: true,
  OTEL_TRACES_SAMPLER: true,
  OTEL_TRACES_SAMPLER_ARG: true,
  OTEL_METRIC_EXPORT_INTERVAL: true,
  BUILD_VERSION: true,
} as const satisfies { readonly [Name in keyof Environment]?: true };

/** Telemetry as it is configured; null where it is not. */
export function assembleTelemetry(
  environment: Pick<Environment, keyof typeof telemetryVariables>,
): TelemetrySettings | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers = {} } = environment;
  if (endpoint === undefined) return null;
  const isShare = environment.OTEL_TRACES_SAMPLER === "parentbased_traceidratio";
  return {
    endpoint,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secret(value)])),
    resource: {
      ...environment.OTEL_RESOURCE_ATTRIBUTES,
      "service.name": environment.OTEL_SERVICE_NAME,
      "service.version": environment.BUILD_VERSION ?? packageFile.version,
      "service.instance.id": randomUUID(),
    },
    ratio: isShare ? environment.OTEL_TRACES_SAMPLER_ARG : 1,
    metricsEveryMs: environment.OTEL_METRIC_EXPORT_INTERVAL,
  };
}

/** What is not configured is not loaded: it would cost memory and time at the start. */
export async function startTelemetry(
  settings: TelemetrySettings | null,
  parts: TelemetryParts & { readonly resources: AsyncDisposableStack },
): Promise<Tracing> {
  if (settings === null) return noTracing;
  const { openTelemetry } = await import("../platform/telemetry/open-telemetry.ts");
  return parts.resources.use(openTelemetry(settings, parts));
}
