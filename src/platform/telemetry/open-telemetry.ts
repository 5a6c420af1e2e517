import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Span as ApiSpan } from "@opentelemetry/api";
import {
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace";
import { errorClassOf } from "../process/dependency-error.ts";
import type { Log } from "../process/log.ts";
import type { Metrics } from "../process/metrics.ts";
import type { TraceContext } from "../process/trace-context.ts";
import { noTracing, type Span, type SpanStart, type Tracing } from "../process/tracing.ts";
import { toLogRecord, type CustomEvent } from "./otlp-events.ts";
import { toOtlpMetrics } from "./otlp-metrics.ts";
import { prepareSender, type SenderSettings } from "./otlp-sender.ts";
import { toOtlpSpan } from "./otlp-spans.ts";
import { prepareOutbox, type Outbox } from "./outbox.ts";

/** How telemetry is sent. */
export interface TelemetrySettings extends SenderSettings {
  /** The share of traces that are kept, where their sender has not decided. */
  readonly ratio: number;
  readonly metricsEveryMs: number;
}

/** What telemetry needs of the service. */
export interface TelemetryParts {
  readonly metrics: Pick<Metrics, "readSamples">;
  readonly log: Log;
  readonly clock: () => number;
}

/** Traces, custom events and metrics by OTLP. Dispose sends what is left. */
export function openTelemetry(settings: TelemetrySettings, parts: TelemetryParts): Tracing & AsyncDisposable {
  const { metrics, log, clock } = parts;
  const sender = prepareSender(settings, log);
  const spans = prepareOutbox<ReadableSpan>((batch) => sender.send("traces", batch.map(toOtlpSpan)));
  const events = prepareOutbox<CustomEvent>((batch) => sender.send("logs", batch.map(toLogRecord)));
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.ratio) });
  const provider = new TracerProvider({ sampler, spanProcessors: [collect(spans)] });
  const from = clock();
  const sendMetrics = async () => {
    await sender.send("metrics", toOtlpMetrics(await metrics.readSamples(), { from, to: clock() }));
  };
  const timer = setInterval(() => void sendMetrics(), settings.metricsEveryMs).unref();
  return {
    ...createTracing(provider, (event) => events.add({ ...event, at: clock() })),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await Promise.all([sendMetrics(), spans[Symbol.asyncDispose](), events[Symbol.asyncDispose]()]);
    },
  };
}

function collect(spans: Outbox<ReadableSpan>): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) spans.add(span);
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

function createTracing(provider: TracerProvider, report: (event: Omit<CustomEvent, "at">) => void): Tracing {
  const tracer = provider.getTracer("manage-pom-cases-and-delius");
  const underWay = new AsyncLocalStorage<Span>();
  const current = () => underWay.getStore() ?? noTracing.current();
  const begin = ({ name, kind, attributes = {}, links = [], parent = current().context }: SpanStart): Span => {
    const outer = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, toSpanContext(parent));
    const linked = links.map((link) => ({ context: toSpanContext(link) }));
    return wrapSpan(tracer.startSpan(name, { kind: kinds[kind], attributes, links: linked }, outer));
  };
  return {
    isOn: true,
    begin,
    trace: async (start, work) => {
      const span = begin(start);
      try {
        return await underWay.run(span, work, span);
      } catch (error) {
        span.fail(error);
        throw error;
      } finally {
        span.end();
      }
    },
    current,
    report: (name, attributes) => report({ name, attributes, context: current().context }),
  };
}

function wrapSpan(span: ApiSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    context: { traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 },
    annotate: (attributes) => void span.setAttributes(attributes),
    addEvent: (name) => void span.addEvent(name),
    fail: (error) => {
      span.setAttribute("error.type", errorClassOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

/** Whose span it was does not matter: what the sender decided is kept either way. */
function toSpanContext({ traceId, spanId, isSampled }: TraceContext) {
  return { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
}
