import { setTimeout as wait } from "node:timers/promises";
import type { Deletions } from "../adapters/deletions.ts";
import { limitTime } from "../adapters/deadline.ts";
import { DependencyError, errorClassOf } from "../adapters/dependency-error.ts";
import type { Log } from "../adapters/log.ts";
import type { Metrics } from "../adapters/metrics.ts";
import type { Queue, QueueMessage } from "../adapters/queue.ts";
import { tellEventType } from "./event-type.ts";
import type { Gate } from "./gate-job.ts";
import { readMessage } from "./inbox-handler.ts";
import type { Ending } from "./settlement-handler.ts";
import type { ReadMessage } from "./verdict.ts";

/** What an intake is built from. */
export interface IntakeSettings {
  readonly queue: Queue;
  readonly deletions: Deletions;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "countOutcome">;
  readonly clock: () => number;
  /** Says how much is let in. */
  readonly gate: Gate;
  /** Messages in work at once. */
  readonly concurrency: number;
  /** Settles a message; raises when it has to be tried again later. */
  readonly handle: (message: ReadMessage, signal: AbortSignal) => Promise<Ending>;
  /** Keeps a record of a failed attempt and hides the message until its next one. Never raises. */
  readonly fail: (message: HeldMessage, error: unknown) => Promise<void>;
}

/** A message in hand: what the queue gave and what it says. */
export interface HeldMessage extends ReadMessage {
  readonly receiptHandle: string;
}

/** The way in for messages. */
export interface Intake extends AsyncDisposable {
  /** Begins to receive. */
  start(): void;
  /** How many messages are in hand. */
  inHand(): number;
  /** False when it ought to move and has not for two minutes: a restart is the remedy (spec 5.4). */
  isMoving(): boolean;
}

// After the drain, sessions have to be ended and messages given back before the process is killed (spec 5.4).
const milliseconds = { heartbeat: 20_000, deadline: 45_000, drain: 15_000, afterFailedReceive: 1_000, stall: 120_000 };
const visibility = { extended: 60, released: 0 };
const receiveSize = 10;
const heldPerSlot = 4;

interface Run extends IntakeSettings {
  /** Aborts when no more messages are to be received. */
  readonly stopping: AbortController;
  /** Aborts when work in hand is to be given back. */
  readonly givingUp: AbortController;
  /** Messages whose turn it is, in the order in which it came; calling one begins its work. */
  readonly ready: (() => void)[];
  /** The last message in hand of each person, so that the next one waits for it without holding a slot. */
  readonly lastOfPerson: Map<string, Promise<void>>;
  readonly inHand: Set<Promise<void>>;
  working: number;
  lastMoveAt: number;
  /** Makes whoever waits for room look again. */
  wake: () => void;
}

/**
 * Receives messages while there is room, has so many of them in work at once, keeps those of one person in order, and
 * keeps them hidden from other consumers meanwhile (spec 5.1). While the gate is shut, what is in hand is kept and nothing
 * is received, so that no receive is spent in vain (5.2). Dispose stops receiving at once, gives back what has not begun,
 * lets work finish, and resolves when nothing is in hand (5.4).
 */
export function createIntake(settings: IntakeSettings): Intake {
  const run: Run = {
    ...settings,
    stopping: new AbortController(),
    givingUp: new AbortController(),
    ready: [],
    lastOfPerson: new Map(),
    inHand: new Set(),
    working: 0,
    lastMoveAt: settings.clock(),
    wake: () => undefined,
  };
  let receiving: Promise<void> = Promise.resolve();
  settings.gate.onChange(() => move(run));
  return {
    start: () => {
      run.lastMoveAt = run.clock();
      receiving = receive(run);
    },
    inHand: () => run.inHand.size,
    isMoving: () => isMoving(run),
    [Symbol.asyncDispose]: async () => {
      run.stopping.abort();
      move(run);
      await receiving;
      await drain(run);
    },
  };
}

function isMoving({ stopping, gate, clock, lastMoveAt }: Run): boolean {
  const isMeantTo = !stopping.signal.aborted && !gate.isPaused() && gate.allowance() !== 0;
  return !isMeantTo || clock() - lastMoveAt < milliseconds.stall;
}

async function receive(run: Run): Promise<void> {
  const { queue, stopping, log } = run;
  for (;;) {
    const room = await waitForRoom(run);
    if (stopping.signal.aborted) return;
    try {
      const messages = await queue.receive(room, stopping.signal);
      run.lastMoveAt = run.clock();
      messages.forEach((message) => hold(run, message));
    } catch (error) {
      log.warn({ errorClass: errorClassOf(error) }, "receive failed");
      await wait(milliseconds.afterFailedReceive, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
}

async function waitForRoom(run: Run): Promise<number> {
  for (;;) {
    const room = roomOf(run);
    if (room > 0 || run.stopping.signal.aborted) return room;
    const change = Promise.withResolvers<void>();
    run.wake = change.resolve;
    await change.promise;
  }
}

/** Receives are of 10 whenever 10 more may be held; of fewer only while a dependency that was down is on trial. */
function roomOf({ gate, concurrency, inHand }: Run): number {
  const allowance = gate.allowance();
  if (gate.isPaused()) return 0;
  if (allowance !== null) return Math.min(Math.max(allowance - inHand.size, 0), receiveSize);
  return inHand.size <= Math.max(concurrency * heldPerSlot - receiveSize, 0) ? receiveSize : 0;
}

/** Begins what may begin, and lets the receiving look for room. When the intake stops, all may: to be given back. */
function move(run: Run): void {
  while (run.working < slotsOf(run)) {
    const begin = run.ready.shift();
    if (begin === undefined) break;
    run.working += 1;
    run.lastMoveAt = run.clock();
    begin();
  }
  run.wake();
}

function slotsOf({ stopping, gate, concurrency }: Run): number {
  if (stopping.signal.aborted) return Infinity;
  return gate.isPaused() ? 0 : (gate.allowance() ?? concurrency);
}

async function drain({ inHand, givingUp }: Run): Promise<void> {
  const timer = setTimeout(() => givingUp.abort(new Error("the service is stopping")), milliseconds.drain);
  await Promise.all(inHand);
  clearTimeout(timer);
}

function hold(run: Run, { receiptHandle, ...message }: QueueMessage): void {
  const held = { receiptHandle, ...readMessage({ ...message, receivedAt: run.clock() }) };
  const person = personOf(held);
  const before = run.lastOfPerson.get(person) ?? Promise.resolve();
  const heartbeat = setInterval(() => void hide(run, held, visibility.extended), milliseconds.heartbeat);
  const done = before
    .then(() => takeSlot(run))
    .then(() => work(run, held, heartbeat))
    .finally(() => {
      clearInterval(heartbeat);
      run.working -= 1;
      run.lastMoveAt = run.clock();
      run.inHand.delete(done);
      if (run.lastOfPerson.get(person) === done) run.lastOfPerson.delete(person);
      move(run);
    });
  run.inHand.add(done);
  run.lastOfPerson.set(person, done);
}

function takeSlot(run: Run): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  run.ready.push(resolve);
  move(run);
  return promise;
}

/** Messages of one person run one after another; those of nobody only behind their own duplicates. */
function personOf({ event, envelope }: ReadMessage): string {
  if (event.kind === "refused") return `key ${envelope.inboxKey}`;
  return "crn" in event.person ? `CRN ${event.person.crn}` : `NOMS ${event.person.nomsNumber}`;
}

async function work(run: Run, held: HeldMessage, heartbeat: NodeJS.Timeout): Promise<void> {
  if (run.stopping.signal.aborted) {
    clearInterval(heartbeat);
    return hide(run, held, visibility.released);
  }
  const startedAt = run.clock();
  using limit = limitTime(milliseconds.deadline, run.givingUp.signal);
  try {
    const ending = await run.handle(held, limit.signal);
    run.deletions.add(held.receiptHandle);
    run.gate.recordWell("database");
    report(run, held, { ending, milliseconds: run.clock() - startedAt });
  } catch (error) {
    clearInterval(heartbeat);
    if (run.givingUp.signal.aborted) return await hide(run, held, visibility.released);
    if (error instanceof DependencyError) run.gate.recordFailure(error.dependency, personOf(held));
    await run.fail(held, error);
  }
}

async function hide({ queue, log }: Run, held: HeldMessage, seconds: number): Promise<void> {
  try {
    await queue.hide(held.receiptHandle, seconds);
  } catch (error) {
    log.warn({ inboxKey: held.envelope.inboxKey, errorClass: errorClassOf(error) }, "visibility change failed");
  }
}

function report(
  { log, metrics }: Run,
  { envelope, delivery }: HeldMessage,
  { ending, milliseconds: taken }: { readonly ending: Ending; readonly milliseconds: number },
): void {
  const { inboxKey, traceId } = envelope;
  const eventType = tellEventType(envelope.eventType);
  const outcomes =
    ending.kind === "settled"
      ? ending.outcomes.map(({ outcome, dryRun }) => (dryRun ? `DryRun${outcome}` : outcome))
      : ["Duplicate"];
  outcomes.forEach((outcome) => metrics.countOutcome(eventType, outcome));
  log.info({ inboxKey, eventType, traceId, outcomes, receives: delivery.receives, milliseconds: taken }, "settled");
}
