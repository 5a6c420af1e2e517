import type { TraceContext } from "../process/trace-context.ts";
import type { Attributes } from "../process/tracing.ts";
import { toKeyValues, toNanoseconds } from "./otlp-value.ts";

/** A custom event that happened. */
export interface CustomEvent {
  readonly name: string;
  readonly attributes: Attributes;
  /** The span that it happened in. */
  readonly context: TraceContext | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** An event as OTLP has it: Azure Monitor makes a custom event of a log record with the first attribute, others see its name. */
export function toLogRecord({ name, attributes, context, at }: CustomEvent) {
  const time = toNanoseconds(at);
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: 9,
    severityText: "INFO",
    eventName: name,
    body: { stringValue: name },
    attributes: toKeyValues({ "microsoft.custom_event.name": name, ...attributes }),
    ...(context === null ? {} : { traceId: context.traceId, spanId: context.spanId, flags: context.isSampled ? 1 : 0 }),
  };
}
