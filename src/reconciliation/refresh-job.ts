import { setTimeout as wait } from "node:timers/promises";
import type { Executor } from "../adapters/database.ts";
import { DependencyError } from "../adapters/dependency-error.ts";
import type { QueueAdmin } from "../adapters/queue-admin.ts";
import type { OffenderId } from "../person/person.ts";
import { refreshKey, writeRefresh, type RefreshCase, type RefreshTask } from "./refresh-message.ts";
import {
  advanceRefreshRun,
  countSettled,
  findOpenRefreshRun,
  findRefreshSummary,
  finishRefreshRun,
  insertRefreshRun,
  listSettledKeys,
  type RefreshOrder,
  type RefreshRun,
  type RefreshSummary,
} from "./refresh-store.ts";

/** What a refresh is built from. */
export interface RefreshSettings {
  readonly database: Executor;
  readonly queue: Pick<QueueAdmin, "send">;
  /** Whether the intake runs: nothing is sent while it is paused (spec 7.5). */
  readonly isRunning: () => Promise<boolean>;
  readonly clock: () => number;
  readonly pollMs: number;
  /** Milliseconds after which a message is waited for no more: it may be in the dead-letter queue. */
  readonly patienceMs: number;
  /** Told of each step. */
  readonly onProgress: (progress: { readonly sent: number; readonly lastOffender: number }) => void;
}

/** A refresh and the cases that it is about, page by page. */
export interface Refresh extends RefreshOrder {
  readonly next: (after: OffenderId | null, most: number) => Promise<readonly RefreshCase[]>;
}

// So that live events never stand behind a refresh (spec 7.5).
const mostUnsettled = 64;

/**
 * Sends a refresh for each case through the queue, at most 64 of them unsettled at a time and none while the intake is
 * paused, and waits for them. Goes on with the same refresh where one was broken off. Raises `DependencyError`.
 */
export async function refresh(settings: RefreshSettings, order: Refresh, signal: AbortSignal): Promise<RefreshSummary> {
  const { database } = settings;
  const run = (await findOpenRefreshRun(database, order)) ?? (await insertRefreshRun(database, order));
  return carryOn(settings, { run, order }, signal);
}

/** Goes on with a run as {@link refresh} does, from where it stands. */
export async function carryOn(
  settings: RefreshSettings,
  { run, order }: Sending,
  signal: AbortSignal,
): Promise<RefreshSummary> {
  const { database } = settings;
  await awaitSettled(settings, run, signal);
  await sendAll(settings, { run, order }, signal);
  await finishRefreshRun(database, run.refreshRun);
  const summary = await findRefreshSummary(database, run.refreshRun);
  if (summary === null) throw new Error("The run is missing.");
  return summary;
}

/** What was sent before the run was broken off counts too. */
async function awaitSettled(
  { database, clock, pollMs, patienceMs }: RefreshSettings,
  { refreshRun, sent }: RefreshRun,
  signal: AbortSignal,
): Promise<void> {
  if (sent === 0) return;
  const until = clock() + patienceMs;
  while (clock() < until && (await countSettled(database, refreshRun)) < sent) {
    await wait(pollMs, undefined, { signal });
  }
}

/** A run, and what it is to send. */
export interface Sending {
  readonly run: RefreshRun;
  readonly order: Pick<Refresh, "dryRun" | "removeStale" | "next">;
}

type Unsettled = Map<string, number>;

async function sendAll(settings: RefreshSettings, { run, order }: Sending, signal: AbortSignal): Promise<void> {
  const unsettled: Unsettled = new Map();
  let current = run;
  for (;;) {
    const room = await awaitRoom(settings, unsettled, signal);
    const page = await order.next(current.lastOffender, room);
    const last = page.at(-1)?.offenderId;
    if (last === undefined) break;
    await sendPage(settings, { page, task: taskOf(current, order) });
    const sentAt = settings.clock();
    for (const one of page) unsettled.set(refreshKey(run.refreshRun, one), sentAt);
    await advanceRefreshRun(settings.database, current, { last, sent: page.length });
    current = moveOn(current, last, page.length);
    settings.onProgress({ sent: current.sent, lastOffender: last });
  }
  while ((await countUnsettled(settings, unsettled)) > 0) await wait(settings.pollMs, undefined, { signal });
}

function moveOn(run: RefreshRun, lastOffender: OffenderId, cases: number): RefreshRun {
  return { ...run, lastOffender, sent: run.sent + cases };
}

function taskOf({ refreshRun }: RefreshRun, { dryRun, removeStale }: Sending["order"]): RefreshTask {
  return { dryRun, removeStale, refreshRun };
}

async function awaitRoom(settings: RefreshSettings, unsettled: Unsettled, signal: AbortSignal): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    const room = mostUnsettled - (await countUnsettled(settings, unsettled));
    if (room > 0 && (await settings.isRunning())) return room;
    await wait(settings.pollMs, undefined, { signal });
  }
}

async function countUnsettled({ database, clock, patienceMs }: RefreshSettings, unsettled: Unsettled): Promise<number> {
  if (unsettled.size === 0) return 0;
  for (const key of await listSettledKeys(database, [...unsettled.keys()])) unsettled.delete(key);
  const oldest = clock() - patienceMs;
  for (const [key, sentAt] of unsettled) if (sentAt < oldest) unsettled.delete(key);
  return unsettled.size;
}

async function sendPage(
  { queue, clock }: RefreshSettings,
  { page, task }: { readonly page: readonly RefreshCase[]; readonly task: RefreshTask },
): Promise<void> {
  const at = new Date(clock());
  const taken = await Promise.all(page.map((one) => queue.send(writeRefresh(one, task, at))));
  if (taken.includes(false)) throw new DependencyError("queue", "refused");
}
