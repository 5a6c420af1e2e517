import { answerUnlessAborted, limitTime } from "../../platform/process/work-limits.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import type { Span, Tracing } from "../../platform/process/tracing.ts";
import type { Deletions, Queue } from "../../platform/queue/queue.ts";
import type { Clocks } from "../../platform/time/clocks.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { labelEventType } from "../events/case-event.ts";
import type { HandledEnding, HandleMessage } from "../pipeline/message-handler.ts";
import type { ReadMessage } from "../pipeline/prepared-message.ts";
import type { Condition } from "./trouble.ts";
import type { Gate, Use } from "./gate-job.ts";

/** A message in hand: what the queue gave and what it says. */
export interface HeldMessage extends ReadMessage {
  readonly receiptHandle: string;
  readonly person: string;
  /** What failed the last message about this person; null when nothing did, as far as is known. */
  readonly failedBy: string | null;
  /** It was received before, or the last message about its person failed. */
  readonly hasFailed: boolean;
}

/** What an attempt is made with. */
export interface AttemptSettings extends Clocks {
  readonly queue: Queue;
  readonly deletions: Deletions;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "count" | "observe">;
  readonly tracing: Tracing;
  /** Settles a message, or says that its case is locked; raises when it has to be tried again later. */
  readonly handle: HandleMessage;
  /** Hears which dependencies served and which failed the person that a message is about. */
  readonly gate: Pick<Gate, "recordWell" | "recordFailure">;
  /** Keeps a record of a failed attempt and hides the message until its next one. Never raises. */
  readonly fail: (message: HeldMessage, error: unknown) => Promise<void>;
  /** Hides a message that could not be tried now; this does not count as a failed attempt. Never raises. */
  readonly postpone: (message: HeldMessage, reason: "locked" | "crowded") => Promise<void>;
}

interface Attempt extends AttemptSettings {
  readonly condition: Pick<Condition, "settled" | "failed">;
  /** Aborts when work in hand is to be given back. */
  readonly givingUp: AbortController;
}

const deadlineMs = 45_000;

/**
 * Attempts to settle a message in hand, in a span of its own that goes on with its sender's trace, and within 45 s, and says how it
 * ended. What `heartbeat` does stops as soon as the message is put back. Never raises.
 */
export async function attemptMessage(run: Attempt, held: HeldMessage, heartbeat: NodeJS.Timeout): Promise<void> {
  const { envelope } = held;
  const eventType = labelEventType(envelope.eventType);
  const attributes = {
    "messaging.system": "aws_sqs",
    "messaging.operation.type": "process",
    "messaging.message.id": envelope.inboxKey,
    "mpc_delius.event_type": eventType,
    "mpc_delius.receives": held.delivery.receives,
  };
  const start = { name: `RECEIVE ${eventType}`, kind: "consumer", parent: envelope.trace, attributes } as const;
  const startedAt = run.uptime();
  await run.tracing.trace(start, async (span) => {
    // Its log lines and its journal name the span.
    const traced = span.context === null ? held : { ...held, envelope: { ...envelope, trace: span.context } };
    using limit = limitTime(deadlineMs, run.givingUp.signal);
    try {
      const ending = await answerUnlessAborted(limit.signal, settle(run, traced, limit.signal));
      if (ending.kind === "locked") {
        clearInterval(heartbeat);
        return await run.postpone(traced, "locked");
      }
      run.deletions.add(traced.receiptHandle, traced.envelope.trace);
      run.condition.settled(traced.person);
      const milliseconds = Math.round(run.uptime() - startedAt);
      reportSettled(run, traced, { ending, span, at: run.clock(), milliseconds });
    } catch (error) {
      clearInterval(heartbeat);
      span.fail(error);
      await handleFailure(run, traced, error);
    }
  });
  run.metrics.observe("processing", { event_type: eventType }, (run.uptime() - startedAt) / 1000);
}

/** Settles a message; the gate hears which dependencies served and which failed its person, be it after the message's time. */
async function settle(
  { handle, gate, uptime }: Attempt,
  held: HeldMessage,
  signal: AbortSignal,
): Promise<HandledEnding> {
  const { person, failedBy } = held;
  const use: Use = { person, failedBy, begunAt: uptime() };
  try {
    const ending = await handle(held, signal, () => {
      // HMPPS Auth had to be well too.
      gate.recordWell("mpc", use);
      gate.recordWell("auth", use);
    });
    // That a case is locked says nothing about the database.
    if (ending.kind !== "locked") gate.recordWell("database", use);
    return ending;
  } catch (error) {
    if (error instanceof DependencyError) gate.recordFailure(error.dependency, use);
    throw error;
  }
}

async function handleFailure(run: Attempt, held: HeldMessage, error: unknown): Promise<void> {
  const { signal } = run.givingUp;
  if (signal.aborted) return hideMessage(run, held, 0);
  const dependency = error instanceof DependencyError ? error.dependency : "none";
  run.condition.failed(held.person, dependency, errorClassOf(error));
  await answerUnlessAborted(signal, run.fail(held, error)).catch(() => undefined);
}

/** Hides a message for so many seconds from now; 0 gives it back. Never raises. */
export async function hideMessage(
  { queue, log }: Pick<AttemptSettings, "queue" | "log">,
  { receiptHandle, envelope: { inboxKey } }: HeldMessage,
  seconds: number,
): Promise<void> {
  try {
    await queue.hide(receiptHandle, seconds);
  } catch (error) {
    log.warn({ inboxKey, errorClass: errorClassOf(error) }, "visibility change failed");
  }
}

/** How a message was settled, in which span, when, and in how many milliseconds. */
interface Settled {
  readonly ending: Exclude<HandledEnding, { kind: "locked" }>;
  readonly span: Span;
  readonly at: Instant;
  readonly milliseconds: number;
}

/** Counts the outcomes of a message and writes its one line of the log, which names no person. */
function reportSettled(
  { log, metrics, tracing }: AttemptSettings,
  { envelope, delivery: { receives }, event }: ReadMessage,
  { ending, span, at, milliseconds }: Settled,
): void {
  const { inboxKey, trace } = envelope;
  const eventType = labelEventType(envelope.eventType);
  const outcomes =
    ending.kind === "settled"
      ? ending.outcomes.map(({ outcome, dryRun }) => (dryRun ? `DryRun${outcome}` : outcome))
      : ["Duplicate"];
  for (const outcome of outcomes) {
    metrics.count("outcomes", { event_type: eventType, outcome });
    tracing.report(outcome, { eventType, inboxKey, receives });
  }
  span.annotate({ "mpc_delius.outcome": outcomes.join(",") });
  // A replay is late by nature, and a refresh is about no change.
  const isFirst = ending.kind === "settled" && envelope.facts === null;
  if (isFirst && event.kind === "event" && !event.rule.isRefresh && event.occurredAt !== null) {
    metrics.observe("eventToCommit", { event_type: eventType }, Math.max(at - event.occurredAt, 0) / 1000);
  }
  log.info(
    { inboxKey, eventType, traceId: trace?.traceId ?? null, outcomes, receives, milliseconds },
    "message settled",
  );
}
