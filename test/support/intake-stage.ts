import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { HeldMessage } from "../../src/sync/intake/attempt.ts";
import { noTracing } from "../../src/platform/process/tracing.ts";
import { createIntake, type Intake, type IntakeSettings } from "../../src/sync/intake/intake.ts";
import type { QueueMessage } from "../../src/platform/queue/queue.ts";
import type { HandledEnding, HandleMessage } from "../../src/sync/pipeline/message-handler.ts";
import { keepLog, openMemoryQueue, runReady, type MemoryQueue } from "./memory-queue.ts";
import { handoverEvent, toNotification } from "./messages.ts";
import { mpcOrigin } from "./pipeline-fixture.ts";

const settled: HandledEnding = {
  kind: "settled",
  outcomes: [{ fact: "handover", outcome: "KeyDateCreated", dryRun: false }],
};
/** Milliseconds of a second. */
export const seconds = 1000;

/** A handover event about a person; its key and its receipt handle are the name. */
export function messageOf(name: string, noms = "A1001AA", receives = 1): QueueMessage {
  const body = toNotification(handoverEvent(mpcOrigin, noms), name);
  return { messageId: `sqs ${name}`, receiptHandle: name, body, attributes: {}, receives };
}

/** Messages of so many different persons. */
export function messagesOf(from: number, count: number, receives = 1): readonly QueueMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    return messageOf(`m${number}`, `A${String(number).padStart(4, "0")}AA`, receives);
  });
}

interface Work {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly finish: (ending: HandledEnding) => void;
  readonly fail: (error: unknown) => void;
  readonly onAnswer: () => void;
}

/** A gate that the test opens and shuts. */
function controlledGate() {
  const listeners: (() => void)[] = [];
  const state: { allowance: number | null; isPaused: boolean } = { allowance: null, isPaused: false };
  const recorded: string[] = [];
  const gate: IntakeSettings["gate"] = {
    allowance: () => state.allowance,
    isPaused: () => state.isPaused,
    onChange: (listener) => void listeners.push(listener),
    recordWell: (dependency, { person }) => void recorded.push(`${dependency} serves ${person}`),
    recordFailure: (dependency, { person }) => void recorded.push(`${dependency} fails ${person}`),
  };
  const change = (to: Partial<typeof state>) => {
    Object.assign(state, to);
    listeners.forEach((listener) => listener());
    return runReady();
  };
  return { gate, change, recorded };
}

/** An intake with everything around it in the hands of the test. */
export interface Stage {
  readonly queue: MemoryQueue;
  readonly gate: ReturnType<typeof controlledGate>;
  readonly intake: Intake;
  readonly works: readonly Work[];
  readonly lines: readonly string[];
  readonly deleted: readonly string[];
  readonly failed: readonly (readonly [key: string, error: unknown])[];
  readonly postponed: readonly (readonly [key: string, reason: string])[];
  /** Lets the intake have these messages, and run on. */
  readonly deliver: (messages: readonly QueueMessage[]) => Promise<void>;
  /** Ends the work on a message, and lets the intake run on. */
  readonly finish: (key: string, ending?: HandledEnding) => Promise<void>;
  readonly fail: (key: string, error: unknown) => Promise<void>;
  readonly tick: (milliseconds: number) => Promise<void>;
  /** The keys of the messages in work, in the order in which their work began. */
  readonly begun: () => readonly string[];
  readonly hidden: () => readonly (readonly [key: string, seconds: number])[];
}

/** An intake on a queue in memory, under a clock that the test moves; its work waits for the test. */
export function setStage(context: TestContext, concurrency = 4): Stage {
  const { timers } = context.mock;
  timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 0 });
  const queue = openMemoryQueue();
  const { log, lines } = keepLog();
  const works: Work[] = [];
  const deleted: string[] = [];
  const failed: (readonly [string, unknown])[] = [];
  const handle: HandleMessage = (message, signal, onAnswer) => {
    const { promise, resolve, reject } = Promise.withResolvers<HandledEnding>();
    // Like the real work, it ends when it is asked to.
    signal.addEventListener("abort", () => reject(signal.reason));
    works.push({ key: message.envelope.inboxKey, signal, finish: resolve, fail: reject, onAnswer });
    return promise;
  };
  const fail = async ({ envelope }: HeldMessage, error: unknown) => void failed.push([envelope.inboxKey, error]);
  const postponed: (readonly [string, string])[] = [];
  const postpone = async ({ envelope }: HeldMessage, reason: string) =>
    void postponed.push([envelope.inboxKey, reason]);
  const clocks = { clock: Date.now, uptime: Date.now };
  const deletions = {
    add: (receiptHandle: string) => void deleted.push(receiptHandle),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const metrics = { count: () => undefined, observe: () => undefined };
  const gate = controlledGate();
  const parts = {
    queue,
    deletions,
    log,
    metrics,
    tracing: noTracing,
    gate: gate.gate,
    ...clocks,
    concurrency,
    handle,
    fail,
    postpone,
    onPausedEnd: () => undefined,
  };
  const intake = createIntake(parts);
  const workOf = (key: string) => {
    const work = works.findLast((one) => one.key === key);
    assert.ok(work, `${key} is not in work`);
    return work;
  };
  const then = async (act: () => void) => {
    act();
    await runReady();
  };
  return {
    queue,
    gate,
    intake,
    works,
    lines,
    deleted,
    failed,
    postponed,
    deliver: (messages) => then(() => queue.deliver(messages)),
    finish: (key, ending = settled) => then(() => workOf(key).finish(ending)),
    fail: (key, error) => then(() => workOf(key).fail(error)),
    tick: (milliseconds) => then(() => timers.tick(milliseconds)),
    begun: () => works.map(({ key }) => key),
    hidden: () =>
      queue.calls.flatMap((call) => (call.kind === "hide" ? [[call.receiptHandle, call.seconds] as const] : [])),
  };
}
