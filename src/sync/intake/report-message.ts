import type { Log } from "../../platform/process/log.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import { labelEventType } from "../events/event-type.ts";
import type { HandledEnding } from "../pipeline/message-handler.ts";
import type { ReadMessage } from "../pipeline/prepared-message.ts";

/** How a message was settled, and in how many milliseconds. */
interface Settled {
  readonly ending: Exclude<HandledEnding, { kind: "locked" }>;
  readonly milliseconds: number;
}

/** Counts the outcomes of a message and writes its one line of the log, which names no person. */
export function reportSettled(
  { log, metrics }: { readonly log: Log; readonly metrics: Pick<Metrics, "countOutcome"> },
  { envelope, delivery }: ReadMessage,
  { ending, milliseconds: taken }: Settled,
): void {
  const { inboxKey, traceId } = envelope;
  const eventType = labelEventType(envelope.eventType);
  const outcomes =
    ending.kind === "settled"
      ? ending.outcomes.map(({ outcome, dryRun }) => (dryRun ? `DryRun${outcome}` : outcome))
      : ["Duplicate"];
  outcomes.forEach((outcome) => metrics.countOutcome(eventType, outcome));
  log.info(
    { inboxKey, eventType, traceId, outcomes, receives: delivery.receives, milliseconds: taken },
    "message settled",
  );
}
