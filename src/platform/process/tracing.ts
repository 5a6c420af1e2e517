import type { TraceContext } from "./trace-context.ts";

/** What a span or an event says of itself: never anything that identifies a person. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** How a span begins. */
export interface SpanStart {
  readonly name: string;
  readonly kind: "server" | "client" | "consumer" | "internal";
  readonly attributes?: Attributes;
  /** What it is a part of: the span under way when left out; null begins a trace. */
  readonly parent?: TraceContext | null;
  /** Spans of other traces that it works for. */
  readonly links?: readonly TraceContext[];
}

/** A piece of work that is being traced. */
export interface Span {
  /** Null while nothing is traced. */
  readonly context: TraceContext | null;
  annotate(attributes: Attributes): void;
  addEvent(name: string): void;
  /** Marks the work as failed, by a short class that never holds personal data. */
  fail(error: unknown): void;
  end(): void;
}

/** What the service tells of its work while it does it. */
export interface Tracing {
  /** False where every call below does nothing. */
  readonly isOn: boolean;
  begin(start: SpanStart): Span;
  /** Does work in a span: spans that begin meanwhile are its parts, and what it raises marks it as failed. */
  trace<Value>(start: SpanStart, work: (span: Span) => Promise<Value>): Promise<Value>;
  /** The span under way. */
  current(): Span;
  /** Reports a custom event, as a part of the span under way. */
  report(name: string, attributes: Attributes): void;
}

const nothing = () => undefined;

const untraced: Span = { context: null, annotate: nothing, addEvent: nothing, fail: nothing, end: nothing };

/** The tracing of a service without telemetry. */
export const noTracing: Tracing = {
  isOn: false,
  begin: () => untraced,
  trace: (_start, work) => work(untraced),
  current: () => untraced,
  report: nothing,
};

/**
 * Does work for several traces at once: for one of them as a part of it, for more in a trace of its own. Then each of them
 * has a span of the same name and duration, and links lead from either to the other.
 */
export async function traceTogether<Value>(
  tracing: Tracing,
  start: SpanStart & { readonly links: readonly TraceContext[] },
  work: () => Promise<Value>,
): Promise<Value> {
  const { links, ...rest } = start;
  const [only] = links;
  if (links.length <= 1) return tracing.trace({ ...rest, parent: only ?? null }, work);
  return tracing.trace({ ...start, parent: null }, async ({ context }) => {
    const shared = context === null ? [] : [context];
    const parts = links.map((parent) => tracing.begin({ ...rest, parent, links: shared }));
    try {
      return await work();
    } catch (error) {
      parts.forEach((part) => part.fail(error));
      throw error;
    } finally {
      parts.forEach((part) => part.end());
    }
  });
}
