import type { Metrics } from "../platform/process/metrics.ts";
import { traceTogether, type Tracing } from "../platform/process/tracing.ts";
import type { InboxSettings } from "../sync/pipeline/message-handler.ts";
import type { SettleBatch } from "../sync/pipeline/settle-batch.ts";
import type { Parts } from "./parts.ts";

const postgresql = { "db.system.name": "postgresql" };

/** Makes each message's look-up a span of its own, and measures it. */
export function observeLookUps(look: InboxSettings["look"], observers: Observers): InboxSettings["look"] {
  const { tracing } = observers;
  const start = { name: "look up", kind: "client", attributes: postgresql } as const;
  return (asked) => tracing.trace(start, () => measure("look up", observers, () => look(asked)));
}

/** Makes the transaction of each batch a span, joined to the traces of its messages, and measures both. */
export function observeSettling(settle: SettleBatch, observers: Observers): SettleBatch {
  const { metrics, tracing } = observers;
  return (batch, how) => {
    metrics.observe("batch", {}, batch.length);
    const links = batch.flatMap(({ message }) => message.envelope.trace ?? []);
    const attributes = { ...postgresql, "messaging.batch.message_count": batch.length };
    return traceTogether(tracing, { name: "settle", kind: "client", attributes, links }, () =>
      measure("settle", observers, () => settle(batch, how)),
    );
  };
}

interface Observers extends Pick<Parts, "uptime"> {
  readonly metrics: Pick<Metrics, "observe">;
  readonly tracing: Tracing;
}

async function measure<Value>(
  operation: string,
  { metrics, uptime }: Observers,
  work: () => Promise<Value>,
): Promise<Value> {
  const startedAt = uptime();
  try {
    return await work();
  } finally {
    metrics.observe("databaseOperations", { operation }, (uptime() - startedAt) / 1000);
  }
}
