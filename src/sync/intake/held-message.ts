import type { Instant } from "../../platform/time/london-time.ts";
import type { Span, SpanStart } from "../../platform/process/tracing.ts";
import { labelEventType } from "../events/event-type.ts";
import type { ReadMessage } from "../pipeline/prepared-message.ts";

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
