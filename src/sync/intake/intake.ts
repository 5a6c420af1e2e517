import type { Deletions, Queue, QueueMessage } from "../../platform/queue/queue.ts";
import type { Clocks } from "../../platform/time/clocks.ts";
import { answerUnlessAborted, limitTime } from "../../platform/process/deadline.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import { watchCondition, type Condition } from "./condition.ts";
import type { Gate } from "./gate-job.ts";
import { describeReceive, findOldest, traceMessage, type HeldMessage, reportSettled } from "./held-message.ts";
import type { Span, Tracing } from "../../platform/process/tracing.ts";
import { readMessage, type HandledEnding } from "../pipeline/message-handler.ts";
import type { Place } from "../../platform/process/work-places.ts";
import { prepareReceiving, type Receiving } from "./receive-messages.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { labelEventType } from "../events/event-table.ts";
import { findMaxFailed, findRoom, createSlots, type Slots } from "./slots.ts";
import { markPerson } from "../pipeline/prepared-message.ts";

/** What an intake is built from. */
export interface IntakeSettings extends Clocks {
  readonly queue: Queue;
  readonly deletions: Deletions;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "count" | "observe">;
  readonly tracing: Tracing;
  /** Says how much is let in. */
  readonly gate: Pick<Gate, "allowance" | "isPaused" | "onChange">;
  /** Messages in work at once. */
  readonly concurrency: number;
  /** Settles a message, or says that its case is locked; raises when it has to be tried again later. */
  readonly handle: (message: HeldMessage, signal: AbortSignal) => Promise<HandledEnding>;
  /** Keeps a record of a failed attempt and hides the message until its next one. Never raises. */
  readonly fail: (message: HeldMessage, error: unknown) => Promise<void>;
  /** Hides a message that could not be tried now, which is no failed attempt. Never raises. */
  readonly postpone: (message: HeldMessage, reason: "locked" | "crowded") => Promise<void>;
  /** Called when a message has been dealt with although an operator has paused the intake. */
  readonly onPausedEnd: () => void;
}

/** The way in for messages. */
export interface Intake extends AsyncDisposable, Pick<Condition, "failingFor" | "standstill"> {
  /** Begins to receive. */
  start(): void;
  /** How many messages are in hand. */
  inHand(): number;
  /** How many of them are in work, and how many more may be now. */
  slots(): ReturnType<Slots["count"]>;
  /** When the oldest of them was sent; null with none. */
  oldestInHand(): Instant | null;
  /** False when it ought to move and has not for two minutes: a restart is the remedy. */
  isMoving(): boolean;
}

// After the drain, sessions have to be ended and messages given back before the process is killed.
const milliseconds = { heartbeat: 20_000, deadline: 45_000, drain: 15_000, stall: 120_000 };
const visibility = { extended: 60, released: 0 };

interface Run extends IntakeSettings {
  /** Aborts when no more messages are to be received. */
  readonly stopping: AbortController;
  /** Aborts when work in hand is to be given back. */
  readonly givingUp: AbortController;
  readonly slots: Slots;
  /** The last message in hand of each person, so that the next one waits for it without holding a slot. */
  readonly lastOfPerson: Map<string, Promise<void>>;
  readonly inHand: Map<HeldMessage, Promise<void>>;
  readonly condition: Condition;
  failedInHand: number;
  lastMoveAt: number;
  /** Null where the queue never gives a message up, or has not said when. */
  maxReceives: number | null;
  /** Wakes what waits for room. */
  wake: Receiving["wake"];
}

/**
 * Receives messages while there is room, has so many of them in work at once, keeps those of one person in order, and
 * keeps them hidden from other consumers meanwhile. While the gate is shut, what is in hand is kept and nothing
 * is received, so that no receive is spent in vain. Dispose stops receiving at once, gives back what has not begun,
 * lets work finish, and resolves when nothing is in hand.
 */
export function createIntake(settings: IntakeSettings): Intake {
  const run = beginRun(settings);
  const { uptime, gate, queue, log, concurrency } = settings;
  const { condition, stopping } = run;
  // However a receive ended: that the queue fails is nothing that a restart would repair.
  const onReceive = () => {
    run.lastMoveAt = uptime();
  };
  const room = () =>
    gate.isPaused()
      ? 0
      : findRoom({ concurrency, allowance: gate.allowance(), held: run.inHand.size, failed: run.failedInHand });
  const receiver = prepareReceiving({ queue, log, condition, room, take: (message) => take(run, message), onReceive });
  run.wake = () => receiver.wake();
  let receiving: Promise<void> = Promise.resolve();
  gate.onChange(() => move(run));
  return {
    start: () => {
      run.lastMoveAt = uptime();
      void readMaxReceives(run);
      receiving = receiver.run(stopping.signal);
    },
    inHand: () => run.inHand.size,
    slots: () => run.slots.count(),
    oldestInHand: () => findOldest(run.inHand.keys()),
    failingFor: () => condition.failingFor(),
    standstill: () => condition.standstill(),
    isMoving: () => isMoving(run),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      move(run);
      await receiving;
      await drain(run);
    },
  };
}

function beginRun(settings: IntakeSettings): Run {
  const { gate, concurrency, uptime } = settings;
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  return {
    ...settings,
    stopping,
    givingUp: new AbortController(),
    slots: createSlots({ concurrency, allowance: gate.allowance, isPaused: gate.isPaused, isStopping }),
    lastOfPerson: new Map(),
    inHand: new Map(),
    condition: watchCondition(uptime),
    failedInHand: 0,
    lastMoveAt: uptime(),
    maxReceives: null,
    wake: () => undefined,
  };
}

async function readMaxReceives(run: Run): Promise<void> {
  run.maxReceives = await run.queue.maxReceives().catch(() => null);
}

function isMoving({ stopping, gate, uptime, lastMoveAt }: Run): boolean {
  const isMeantTo = !stopping.signal.aborted && !gate.isPaused() && gate.allowance() !== 0;
  return !isMeantTo || uptime() - lastMoveAt < milliseconds.stall;
}

/** Begins what may begin, and lets the receiving look for room. When the intake stops, all may: to be given back. */
function move(run: Run): void {
  const now = run.uptime();
  if (run.slots.fill(now)) run.lastMoveAt = now;
  run.wake();
}

async function drain({ inHand, givingUp }: Run): Promise<void> {
  const timer = setTimeout(() => givingUp.abort(new Error("the service is stopping")), milliseconds.drain);
  await Promise.all(inHand.values());
  clearTimeout(timer);
}

function take(run: Run, { receiptHandle, ...message }: QueueMessage): void {
  run.metrics.count("received", {});
  const read = readMessage({ ...message, receivedAt: run.clock() });
  const person = markPerson(read);
  const failedBy = run.condition.failedBy(person);
  const hasFailed = message.receives > 1 || failedBy !== null;
  const held = { ...read, receiptHandle, person, failedBy, hasFailed };
  if (hasFailed && run.failedInHand >= findMaxFailed(run, held.delivery.receives)) void run.postpone(held, "crowded");
  else hold(run, held);
}

function hold(run: Run, held: HeldMessage): void {
  const { person, hasFailed } = held;
  const before = run.lastOfPerson.get(person) ?? Promise.resolve();
  const heartbeat = setInterval(() => void hide(run, held, visibility.extended), milliseconds.heartbeat);
  if (hasFailed) run.failedInHand += 1;
  const done = before
    .then(() => takeSlot(run, held))
    .then((slot) => work(run, held, heartbeat).finally(() => slot.leave()))
    .finally(() => {
      clearInterval(heartbeat);
      run.lastMoveAt = run.uptime();
      run.inHand.delete(held);
      if (hasFailed) run.failedInHand -= 1;
      if (run.lastOfPerson.get(person) === done) run.lastOfPerson.delete(person);
      move(run);
      if (run.gate.isPaused()) run.onPausedEnd();
    });
  run.inHand.set(held, done);
  run.lastOfPerson.set(person, done);
}

function takeSlot(run: Run, { hasFailed }: HeldMessage): Promise<Place> {
  const { promise, resolve } = Promise.withResolvers<Place>();
  run.slots.wait({ hasFailed, begin: resolve });
  move(run);
  return promise;
}

async function work(run: Run, held: HeldMessage, heartbeat: NodeJS.Timeout): Promise<void> {
  if (run.stopping.signal.aborted) {
    clearInterval(heartbeat);
    return hide(run, held, visibility.released);
  }
  const startedAt = run.uptime();
  await run.tracing.trace(describeReceive(held), (span) =>
    attempt(run, { held: traceMessage(held, span), heartbeat, span }),
  );
  const labels = { event_type: labelEventType(held.envelope.eventType) };
  run.metrics.observe("processing", labels, (run.uptime() - startedAt) / 1000);
}

interface Attempt {
  readonly held: HeldMessage;
  readonly heartbeat: NodeJS.Timeout;
  readonly span: Span;
}

/** Never raises. */
async function attempt(run: Run, { held, heartbeat, span }: Attempt): Promise<void> {
  const { givingUp, uptime } = run;
  const startedAt = uptime();
  using limit = limitTime(milliseconds.deadline, givingUp.signal);
  try {
    const ending = await answerUnlessAborted(limit.signal, run.handle(held, limit.signal));
    if (ending.kind === "locked") {
      clearInterval(heartbeat);
      return await run.postpone(held, "locked");
    }
    run.deletions.add(held.receiptHandle, held.envelope.trace);
    run.condition.settled(held.person);
    reportSettled(run, held, { ending, at: run.clock(), milliseconds: Math.round(uptime() - startedAt) });
  } catch (error) {
    clearInterval(heartbeat);
    span.fail(error);
    if (givingUp.signal.aborted) return await hide(run, held, visibility.released);
    const dependency = error instanceof DependencyError ? error.dependency : "none";
    run.condition.failed(held.person, dependency, errorClassOf(error));
    await answerUnlessAborted(givingUp.signal, run.fail(held, error)).catch(() => undefined);
  }
}

async function hide({ queue, log }: Run, held: HeldMessage, seconds: number): Promise<void> {
  try {
    await queue.hide(held.receiptHandle, seconds);
  } catch (error) {
    log.warn({ inboxKey: held.envelope.inboxKey, errorClass: errorClassOf(error) }, "visibility change failed");
  }
}
