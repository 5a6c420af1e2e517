import { setTimeout as wait } from "node:timers/promises";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { QueueMessage } from "../../platform/queue/queue.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { readMessage } from "../pipeline/message-handler.ts";
import { markPerson } from "../pipeline/prepared-message.ts";
import { attemptMessage, hideMessage, type AttemptSettings, type HeldMessage } from "./attempt.ts";
import { watchCondition, type Condition } from "./trouble.ts";
import type { Gate } from "./gate-job.ts";
import { createSlots, findMaxFailed, findRoom, type Slots } from "./slots.ts";

/** What an intake is built from. */
export interface IntakeSettings extends AttemptSettings {
  /** Says how much is let in. */
  readonly gate: Gate;
  /** Messages in work at once. */
  readonly concurrency: number;
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
const milliseconds = { heartbeat: 20_000, drain: 15_000, stall: 120_000, afterFailure: 1_000 };
const extendedSeconds = 60;

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
  /** Wakes the receiving where it waits for room; null until it has. */
  wake: (() => void) | null;
}

/**
 * Receives messages while there is room, has so many of them in work at once, keeps those of one person in order, and
 * keeps them hidden from other consumers meanwhile. While the gate is shut, what is in hand is kept and nothing
 * is received, so that no receive is spent in vain. Dispose stops receiving at once, gives back what has not begun,
 * lets work finish, and resolves when nothing is in hand.
 */
export function createIntake(settings: IntakeSettings): Intake {
  const run = beginRun(settings);
  const { uptime, gate } = settings;
  const { condition, stopping } = run;
  let receiving: Promise<void> = Promise.resolve();
  gate.onChange(() => move(run));
  return {
    start: () => {
      run.lastMoveAt = uptime();
      receiving = receive(run);
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
  return {
    ...settings,
    stopping,
    givingUp: new AbortController(),
    slots: createSlots({ concurrency, gate, stopping: stopping.signal }),
    lastOfPerson: new Map(),
    inHand: new Map(),
    condition: watchCondition(uptime),
    failedInHand: 0,
    lastMoveAt: uptime(),
    maxReceives: null,
    wake: null,
  };
}

function isMoving({ stopping, gate, uptime, lastMoveAt }: Run): boolean {
  const isMeantTo = !stopping.signal.aborted && !gate.isPaused() && gate.allowance() !== 0;
  return !isMeantTo || uptime() - lastMoveAt < milliseconds.stall;
}

/** Begins what may begin, and lets the receiving look for room. When the intake stops, all may: to be given back. */
function move(run: Run): void {
  const now = run.uptime();
  if (run.slots.fill(now)) run.lastMoveAt = now;
  run.wake?.();
}

async function drain({ inHand, givingUp }: Run): Promise<void> {
  const timer = setTimeout(() => givingUp.abort(new Error("the service is stopping")), milliseconds.drain);
  await Promise.all(inHand.values());
  clearTimeout(timer);
}

/** Receives while there is room, until the intake stops. */
async function receive(run: Run): Promise<void> {
  const { queue, log, condition, gate, concurrency, stopping } = run;
  while (!stopping.signal.aborted) {
    const held = { concurrency, allowance: gate.allowance(), held: run.inHand.size, failed: run.failedInHand };
    const room = gate.isPaused() ? 0 : findRoom(held);
    if (room === 0) {
      await new Promise<void>((resolve) => (run.wake = resolve));
      continue;
    }
    // The queue reads it once, and may have been unable to say it before. No receive waits for it.
    void queue.maxReceives().then(
      (receives) => (run.maxReceives = receives),
      () => null,
    );
    try {
      const messages = await queue.receive(room, stopping.signal);
      condition.received();
      for (const message of messages) take(run, message);
    } catch (error) {
      const errorClass = errorClassOf(error);
      condition.receiveFailed(errorClass);
      log.warn({ queue: queue.name, errorClass }, "receive failed");
      await wait(milliseconds.afterFailure, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    // However it ended: that the queue fails is nothing that a restart would repair.
    run.lastMoveAt = run.uptime();
  }
}

/** Takes a message in hand and keeps it hidden until it is dealt with, or puts it back where too many have failed before. */
function take(run: Run, { receiptHandle, ...message }: QueueMessage): void {
  run.metrics.count("received", {});
  const read = readMessage({ ...message, receivedAt: run.clock() });
  const person = markPerson(read);
  const failedBy = run.condition.failedBy(person);
  const hasFailed = message.receives > 1 || failedBy !== null;
  const held = { ...read, receiptHandle, person, failedBy, hasFailed };
  if (hasFailed && run.failedInHand >= findMaxFailed(run, message.receives)) return void run.postpone(held, "crowded");
  const heartbeat = setInterval(() => void hideMessage(run, held, extendedSeconds), milliseconds.heartbeat);
  if (hasFailed) run.failedInHand += 1;
  const done = work(run, held, heartbeat).finally(() => {
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

/** Waits for the message before it about its person and then for a slot, in which it is attempted. */
async function work(run: Run, held: HeldMessage, heartbeat: NodeJS.Timeout): Promise<void> {
  await run.lastOfPerson.get(held.person);
  const { promise, resolve: begin } = Promise.withResolvers<() => void>();
  run.slots.wait({ hasFailed: held.hasFailed, begin });
  move(run);
  const leave = await promise;
  try {
    if (!run.stopping.signal.aborted) return await attemptMessage(run, held, heartbeat);
    clearInterval(heartbeat);
    await hideMessage(run, held, 0);
  } finally {
    leave();
  }
}

/** When the oldest of these messages was sent, as far as they say so; null for none. */
function findOldest(messages: Iterable<HeldMessage>): Instant | null {
  const sent = Array.from(messages, ({ envelope, delivery }) => envelope.sentAt ?? delivery.receivedAt);
  return sent.length === 0 ? null : sent.reduce((oldest, at) => (at < oldest ? at : oldest));
}
