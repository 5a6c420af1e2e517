import { z } from "zod";

/** Where in a trace something belongs (W3C Trace Context). */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether the sender keeps the trace; we keep it then too. */
  readonly isSampled: boolean;
}

// Ids of noughts only are none.
const pattern = /^[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}/;

/** Reads a `traceparent`; null for any other text, or none. */
export const traceparentSchema = z
  .string()
  .regex(pattern)
  .transform((text): TraceContext => {
    const [, traceId = "", spanId = "", flags = ""] = text.split("-");
    return { traceId, spanId, isSampled: (Number.parseInt(flags.slice(0, 2), 16) & 1) === 1 };
  })
  .nullable()
  .catch(null);

/** Writes a `traceparent`. */
export function writeTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}
