import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import type { Attempt } from "../pipeline/journal-store.ts";
import { labelEventType } from "../events/case-event.ts";
import type { HeldMessage } from "./attempt.ts";

/** What the handling of failed attempts is built from. */
export interface FailureSettings {
  readonly recordAttempts: (attempts: readonly Attempt[]) => Promise<unknown>;
  readonly queue: Queue;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "count">;
  /** Seconds to hide a message for after its first, second … receive. */
  readonly retryDelays: readonly number[];
  readonly random: () => number;
}

/**
 * Records a failed attempt and hides the message until its next one; after the queue's last receive, the queue moves
 * it to the dead-letter queue, and that is said. Never raises: the message comes back when its visibility
 * runs out.
 */
export async function failMessage(settings: FailureSettings, held: HeldMessage, error: unknown): Promise<void> {
  const { queue, log, metrics, retryDelays, random, recordAttempts } = settings;
  const { inboxKey } = held.envelope;
  const eventType = labelEventType(held.envelope.eventType);
  const { receives } = held.delivery;
  const dependency = error instanceof DependencyError ? error.dependency : "none";
  const errorClass = error instanceof DependencyError ? error.errorClass : errorClassOf(error);
  log.warn({ inboxKey, eventType, receives, dependency, errorClass }, "attempt failed");
  metrics.count("failedAttempts", { dependency });
  const delay = retryDelay(receives, retryDelays, random());
  const steps = [
    recordAttempts([{ inboxKey, eventType: held.envelope.eventType, receives, dependency, errorClass }]),
    queue.hide(held.receiptHandle, delay),
    describeIfLast(settings, held),
  ];
  for (const { status } of await Promise.allSettled(steps)) {
    if (status === "rejected") log.warn({ inboxKey, receives }, "a failed attempt was recorded only in part");
  }
}

// Not by the delays of failures: a lock or a crowd goes, and every receive may be needed until then.
const postponedSeconds = { least: 30, most: 60 };

/** Hides a message that was not tried, or could not be for another session holds its case. That is no attempt. Never raises. */
export async function postponeMessage(
  settings: FailureSettings,
  held: HeldMessage,
  reason: "locked" | "crowded",
): Promise<void> {
  const { queue, log, random } = settings;
  const { inboxKey } = held.envelope;
  const { receives } = held.delivery;
  const { least, most } = postponedSeconds;
  const seconds = Math.round(least + (most - least) * random());
  log.info({ inboxKey, receives, reason, seconds }, "message put back");
  const steps = [queue.hide(held.receiptHandle, seconds), describeIfLast(settings, held)];
  for (const { status } of await Promise.allSettled(steps)) {
    if (status === "rejected") log.warn({ inboxKey, receives }, "a message was not put back");
  }
}

async function describeIfLast({ queue, log }: FailureSettings, { envelope, delivery }: HeldMessage): Promise<void> {
  const most = await queue.maxReceives();
  if (most === null || delivery.receives < most) return;
  const eventType = labelEventType(envelope.eventType);
  const { inboxKey } = envelope;
  log.error({ inboxKey, eventType, receives: delivery.receives }, `${eventType}-sent-to-dlq`);
}

/**
 * How long a message that failed stays out of sight, in whole seconds: the delay of its receive, the last one repeating,
 * with full jitter so that messages which failed together do not come back together. Never nothing where there
 * is a delay: the message would come back at once, as if nothing had failed. `random` is in [0, 1).
 */
export function retryDelay(receives: number, delays: readonly number[], random: number): number {
  const delay = delays[Math.min(Math.max(receives, 1), delays.length) - 1] ?? 0;
  return delay === 0 ? 0 : Math.max(1, Math.round(delay * random));
}
