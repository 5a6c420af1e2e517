import type { Instant } from "../../platform/time/london-time.ts";
import type { Span, SpanStart, Tracing } from "../../platform/process/tracing.ts";
import { labelEventType } from "../events/event-table.ts";
import type { ReadMessage } from "../pipeline/prepared-message.ts";
import type { Log } from "../../platform/process/log.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import type { HandledEnding } from "../pipeline/message-handler.ts";

/** A message in hand: what the queue gave and what it says. */
export interface HeldMessage extends ReadMessage {
  readonly receiptHandle: string;
  readonly person: string;
  /** What failed the last message about this person; null when nothing did, as far as is known. */
  readonly failedBy: string | null;
  /** It was received before, or the last message about its person failed. */
  readonly hasFailed: boolean;
}

/** When the oldest of these messages was sent, as far as they say so; null for none. */
export function findOldest(messages: Iterable<HeldMessage>): Instant | null {
  const sent = Array.from(messages, ({ envelope, delivery }) => envelope.sentAt ?? delivery.receivedAt);
  return sent.length === 0 ? null : sent.reduce((oldest, at) => (at < oldest ? at : oldest));
}

/** The span of one attempt at a message, which goes on with its sender's trace. */
export function describeReceive({ envelope, delivery }: HeldMessage): SpanStart {
  const eventType = labelEventType(envelope.eventType);
  return {
    name: `RECEIVE ${eventType}`,
    kind: "consumer",
    parent: envelope.trace,
    attributes: {
      "messaging.system": "aws_sqs",
      "messaging.operation.type": "process",
      "messaging.message.id": envelope.inboxKey,
      "mpc_delius.event_type": eventType,
      "mpc_delius.receives": delivery.receives,
    },
  };
}

/** The message as a part of this span, so that its log lines and journal name the trace. */
export function traceMessage(held: HeldMessage, { context }: Span): HeldMessage {
  return context === null ? held : { ...held, envelope: { ...held.envelope, trace: context } };
}

/** How a message was settled, when, and in how many milliseconds. */
interface Settled {
  readonly ending: Exclude<HandledEnding, { kind: "locked" }>;
  readonly at: Instant;
  readonly milliseconds: number;
}

/** Counts the outcomes of a message and writes its one line of the log, which names no person. */
export function reportSettled(
  {
    log,
    metrics,
    tracing,
  }: { readonly log: Log; readonly metrics: Pick<Metrics, "count" | "observe">; readonly tracing: Tracing },
  { envelope, delivery, event }: ReadMessage,
  { ending, at, milliseconds: taken }: Settled,
): void {
  const { inboxKey, trace } = envelope;
  const traceId = trace?.traceId ?? null;
  const eventType = labelEventType(envelope.eventType);
  const outcomes =
    ending.kind === "settled"
      ? ending.outcomes.map(({ outcome, dryRun }) => (dryRun ? `DryRun${outcome}` : outcome))
      : ["Duplicate"];
  for (const outcome of outcomes) {
    metrics.count("outcomes", { event_type: eventType, outcome });
    tracing.report(outcome, { eventType, inboxKey, receives: delivery.receives });
  }
  tracing.current().annotate({ "mpc_delius.outcome": outcomes.join(",") });
  const occurredAt = ending.kind === "settled" && envelope.facts === null ? occurredAtOf(event) : null;
  if (occurredAt !== null)
    metrics.observe("eventToCommit", { event_type: eventType }, Math.max(at - occurredAt, 0) / 1000);
  log.info(
    { inboxKey, eventType, traceId, outcomes, receives: delivery.receives, milliseconds: taken },
    "message settled",
  );
}

/** When the change happened that the message is about; a refresh is about none. */
function occurredAtOf(event: ReadMessage["event"]): Instant | null {
  return event.kind === "event" && !event.rule.isRefresh ? event.occurredAt : null;
}
