import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";
import { listenOn } from "../../sandbox/free-port.ts";

const hex = (length: number) => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${length}}$`));
const nanoseconds = z.string().regex(/^1\d{18}$/);
const whole = z.string().regex(/^\d+$/);
const keyValues = z
  .array(
    z.strictObject({
      key: z.string().min(1),
      value: z.union([
        z.strictObject({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
        z.strictObject({ intValue: whole }).transform(({ intValue }) => Number(intValue)),
        z.strictObject({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
        z.strictObject({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
      ]),
    }),
  )
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, value])));

const spanSchema = z.strictObject({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: hex(16).optional(),
  flags: z.int(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: keyValues,
  events: z.array(z.strictObject({ name: z.string(), timeUnixNano: nanoseconds })),
  links: z.array(z.strictObject({ traceId: hex(32), spanId: hex(16) })),
  status: z.strictObject({ code: z.int().min(0).max(2) }),
});
const point = { attributes: keyValues, startTimeUnixNano: nanoseconds, timeUnixNano: nanoseconds };
const numbers = z.array(z.strictObject({ ...point, asDouble: z.number() })).min(1);
const buckets = z
  .strictObject({
    ...point,
    count: whole,
    sum: z.number(),
    bucketCounts: z.array(whole),
    explicitBounds: z.array(z.number()),
  })
  .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1)
  .refine(({ bucketCounts, count }) => bucketCounts.reduce((sum, one) => sum + Number(one), 0) === Number(count));
const metricSchema = z.strictObject({
  name: z.string().min(1),
  unit: z.string(),
  description: z.string(),
  gauge: z.strictObject({ dataPoints: numbers }).optional(),
  sum: z
    .strictObject({ dataPoints: numbers, aggregationTemporality: z.literal(2), isMonotonic: z.literal(true) })
    .optional(),
  histogram: z.strictObject({ dataPoints: z.array(buckets).min(1), aggregationTemporality: z.literal(2) }).optional(),
});
const logSchema = z.strictObject({
  timeUnixNano: nanoseconds,
  observedTimeUnixNano: nanoseconds,
  severityNumber: z.literal(9),
  severityText: z.literal("INFO"),
  eventName: z.string(),
  body: z.strictObject({ stringValue: z.string() }),
  attributes: keyValues,
  traceId: hex(32).optional(),
  spanId: hex(16).optional(),
  flags: z.int().optional(),
});
const resource = z.strictObject({ attributes: keyValues });
const scope = z.strictObject({ name: z.string() });
const one = <Schema extends z.ZodType>(schema: Schema) => z.tuple([schema]).transform(([item]) => item);
const bodies = {
  "/v1/traces": z.strictObject({
    resourceSpans: one(
      z.strictObject({ resource, scopeSpans: one(z.strictObject({ scope, spans: z.array(spanSchema) })) }),
    ),
  }),
  "/v1/metrics": z.strictObject({
    resourceMetrics: one(
      z.strictObject({ resource, scopeMetrics: one(z.strictObject({ scope, metrics: z.array(metricSchema) })) }),
    ),
  }),
  "/v1/logs": z.strictObject({
    resourceLogs: one(
      z.strictObject({ resource, scopeLogs: one(z.strictObject({ scope, logRecords: z.array(logSchema) })) }),
    ),
  }),
};

/** A span as it was received. */
export type ReceivedSpan = z.infer<typeof spanSchema>;

/** What takes telemetry, as strictly as OTLP is written. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  readonly metrics: readonly z.infer<typeof metricSchema>[];
  readonly logs: readonly z.infer<typeof logSchema>[];
  readonly resources: readonly Readonly<Record<string, unknown>>[];
  /** Every body as it came. */
  readonly texts: readonly string[];
  /** What was not OTLP. */
  readonly faults: readonly string[];
  /** The value of a header with each body. */
  readonly keys: readonly (string | undefined)[];
}

/** Starts a receiver on any free port. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics: z.infer<typeof metricSchema>[] = [];
  const logs: z.infer<typeof logSchema>[] = [];
  const resources: Readonly<Record<string, unknown>>[] = [];
  const texts: string[] = [];
  const faults: string[] = [];
  const keys: (string | undefined)[] = [];
  const readers: Readonly<Record<string, (body: unknown) => void>> = {
    "/v1/traces": (body) => {
      const { resource: from, scopeSpans } = bodies["/v1/traces"].parse(body).resourceSpans;
      resources.push(from.attributes);
      spans.push(...scopeSpans.spans);
    },
    "/v1/metrics": (body) => {
      const { resource: from, scopeMetrics } = bodies["/v1/metrics"].parse(body).resourceMetrics;
      resources.push(from.attributes);
      metrics.push(...scopeMetrics.metrics);
    },
    "/v1/logs": (body) => {
      const { resource: from, scopeLogs } = bodies["/v1/logs"].parse(body).resourceLogs;
      resources.push(from.attributes);
      logs.push(...scopeLogs.logRecords);
    },
  };
  const server = createServer((request, response) => {
    void (async () => {
      const body = await json(request);
      texts.push(JSON.stringify(body));
      keys.push(request.headers["x-key"]?.toString());
      try {
        if (request.headers["content-type"] !== "application/json") throw new Error("not JSON");
        const read = readers[request.url ?? ""];
        if (read === undefined) throw new Error(`no such address: ${request.url}`);
        read(body);
        response.setHeader("content-type", "application/json").end("{}");
      } catch (error) {
        faults.push(String(error));
        response.writeHead(400).end();
      }
    })();
  });
  const port = await listenOn(server, 0);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    metrics,
    logs,
    resources,
    texts,
    faults,
    keys,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}
