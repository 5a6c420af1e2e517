import type { Attributes } from "../process/tracing.ts";

/** Attributes as OTLP has them. */
export function toKeyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

function toAnyValue(value: string | number | boolean) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  // 64-bit whole numbers travel as text (protobuf's JSON mapping).
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Milliseconds since 1970 as OTLP has them: nanoseconds, as text. */
export function toNanoseconds(milliseconds: number): string {
  return `${Math.floor(milliseconds)}000000`;
}
