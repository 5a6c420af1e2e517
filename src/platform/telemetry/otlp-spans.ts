import type { HrTime } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { Attributes } from "../process/tracing.ts";
import { toKeyValues } from "./otlp-value.ts";

/** A finished span as OTLP has it. */
export function toOtlpSpan(span: ReadableSpan) {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const parent = span.parentSpanContext?.spanId;
  return {
    traceId,
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    flags: traceFlags,
    name: span.name,
    // OTLP's kinds begin one later.
    kind: span.kind + 1,
    startTimeUnixNano: toText(span.startTime),
    endTimeUnixNano: toText(span.endTime),
    attributes: toKeyValues(plain(span.attributes)),
    events: span.events.map(({ name, time }) => ({ name, timeUnixNano: toText(time) })),
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    status: { code: span.status.code },
  };
}

function toText([seconds, nanoseconds]: HrTime): string {
  return `${seconds}${String(nanoseconds).padStart(9, "0")}`;
}

function plain(attributes: ReadableSpan["attributes"]): Attributes {
  const entries = Object.entries(attributes).flatMap(([key, value]) =>
    typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [[key, value] as const] : [],
  );
  return Object.fromEntries(entries);
}
