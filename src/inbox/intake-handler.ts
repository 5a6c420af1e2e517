import { setTimeout as wait } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";
import type { Deletions } from "../adapters/deletions.ts";
import { errorClassOf } from "../adapters/dependency-error.ts";
import type { Log } from "../adapters/log.ts";
import type { Queue, QueueMessage } from "../adapters/queue.ts";
import { readMessage } from "./inbox-handler.ts";
import type { Ending } from "./settlement-handler.ts";
import type { ReadMessage } from "./verdict.ts";

/** What an intake is built from. */
export interface IntakeSettings {
  readonly queue: Queue;
  readonly deletions: Deletions;
  readonly log: Log;
  readonly clock: () => number;
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
}

const milliseconds = { heartbeat: 20_000, deadline: 45_000, drain: 20_000, afterFailedReceive: 1_000 };
const visibility = { extended: 60, released: 0 };
const receiveSize = 10;
const heldPerSlot = 4;

interface Run extends IntakeSettings {
  /** Aborts when no more messages are to be received. */
  readonly stopping: AbortController;
  /** Aborts when work in hand is to be given back. */
  readonly givingUp: AbortController;
  readonly slots: LimitFunction;
  /** The last message in hand of each person, so that the next one waits for it without holding a slot. */
  readonly lastOfPerson: Map<string, Promise<void>>;
  readonly inHand: Set<Promise<void>>;
}

/**
 * Receives messages while there is room, has so many of them in work at once, keeps those of one person in order, and
 * keeps them hidden from other consumers meanwhile (spec 5.1). Dispose stops receiving at once, lets work finish, gives
 * back what cannot, and resolves when nothing is in hand (spec 5.4).
 */
export function createIntake(settings: IntakeSettings): Intake {
  const run: Run = {
    ...settings,
    stopping: new AbortController(),
    givingUp: new AbortController(),
    slots: pLimit(settings.concurrency),
    lastOfPerson: new Map(),
    inHand: new Set(),
  };
  let receiving: Promise<void> = Promise.resolve();
  return {
    start: () => {
      receiving = receive(run);
    },
    inHand: () => run.inHand.size,
    [Symbol.asyncDispose]: async () => {
      run.stopping.abort();
      await receiving;
      await drain(run);
    },
  };
}

async function receive(run: Run): Promise<void> {
  const { queue, stopping, log, inHand } = run;
  const most = run.concurrency * heldPerSlot;
  while (!stopping.signal.aborted) {
    while (inHand.size > 0 && inHand.size > most - receiveSize) await Promise.race(inHand);
    try {
      const messages = await queue.receive(stopping.signal);
      messages.forEach((message) => hold(run, message));
    } catch (error) {
      log.warn({ errorClass: errorClassOf(error) }, "receive failed");
      await wait(milliseconds.afterFailedReceive, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
}

async function drain({ inHand, givingUp }: Run): Promise<void> {
  const timer = setTimeout(() => givingUp.abort(new Error("the service is stopping")), milliseconds.drain);
  await Promise.all(inHand);
  clearTimeout(timer);
}

function hold(run: Run, { receiptHandle, ...message }: QueueMessage): void {
  const held = { receiptHandle, ...readMessage({ ...message, receivedAt: run.clock() }) };
  const before = takePlace(run, held);
  const heartbeat = setInterval(() => void hide(run, held, visibility.extended), milliseconds.heartbeat);
  const done = before
    .then(() => run.slots(() => work(run, held, heartbeat)))
    .finally(() => {
      clearInterval(heartbeat);
      run.inHand.delete(done);
      if (run.lastOfPerson.get(personOf(held)) === done) run.lastOfPerson.delete(personOf(held));
    });
  run.inHand.add(done);
  run.lastOfPerson.set(personOf(held), done);
}

function takePlace({ lastOfPerson }: Run, held: HeldMessage): Promise<void> {
  return lastOfPerson.get(personOf(held)) ?? Promise.resolve();
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
  const signal = AbortSignal.any([run.givingUp.signal, AbortSignal.timeout(milliseconds.deadline)]);
  try {
    const ending = await run.handle(held, signal);
    run.deletions.add(held.receiptHandle);
    report(run, held, { ending, milliseconds: run.clock() - startedAt });
  } catch (error) {
    clearInterval(heartbeat);
    if (run.givingUp.signal.aborted) return hide(run, held, visibility.released);
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
  { log }: Run,
  { envelope, delivery }: HeldMessage,
  { ending, milliseconds: taken }: { readonly ending: Ending; readonly milliseconds: number },
): void {
  const { inboxKey, eventType, traceId } = envelope;
  const outcomes =
    ending.kind === "settled"
      ? ending.outcomes.map(({ outcome, dryRun }) => (dryRun ? `DryRun${outcome}` : outcome))
      : ["Duplicate"];
  log.info({ inboxKey, eventType, traceId, outcomes, receives: delivery.receives, milliseconds: taken }, "settled");
}
