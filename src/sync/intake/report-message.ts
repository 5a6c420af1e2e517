import type { Log } from "../../platform/process/log.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { labelEventType } from "../events/event-type.ts";
import type { Tracing } from "../../platform/process/tracing.ts";
import type { HandledEnding } from "../pipeline/message-handler.ts";
import type { ReadMessage } from "../pipeline/prepared-message.ts";

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
