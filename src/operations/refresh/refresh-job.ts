import { setTimeout as wait } from "node:timers/promises";
import type { Clock, Uptime } from "../../platform/time/uptime.ts";
import type { Executor } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import type { QueueAdmin } from "../../platform/queue/queue-admin.ts";
import type { OffenderId } from "../../delius/person/person.ts";
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
  /** Whether the intake runs: nothing is sent while it is paused (rule R4). */
  readonly isRunning: () => Promise<boolean>;
  readonly clock: Clock;
  readonly uptime: Uptime;
  readonly pollMs: number;
  /** Milliseconds after which a message is waited for no more: it may be in the dead-letter queue. */
  readonly patienceMs: number;
  /** Called after each step. */
  readonly onProgress: (progress: { readonly sent: number; readonly lastOffender: number }) => void;
  /** Milliseconds without any headway after which `onWait` is called, once for each stretch. */
  readonly idleMs: number;
  readonly onWait: (waiting: Waiting) => void;
}

/** What a refresh waits for. */
export interface Waiting {
  readonly unsettled: number;
  readonly isPaused: boolean;
}

/** A refresh and the cases that it is about, page by page. */
export interface Refresh extends RefreshOrder {
  readonly next: (after: OffenderId | null, most: number) => Promise<readonly RefreshCase[]>;
}

// So that live events never stand behind a refresh (rule R4).
const maxUnsettled = 64;

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
  settings: RefreshSettings,
  { refreshRun, sent }: RefreshRun,
  signal: AbortSignal,
): Promise<void> {
  const { database, uptime, isRunning, pollMs, patienceMs } = settings;
  if (sent === 0) return;
  const until = uptime() + patienceMs;
  const watch = watchHeadway(settings);
  for (;;) {
    const unsettled = sent - (await countSettled(database, refreshRun));
    if (unsettled <= 0 || uptime() >= until) return;
    watch({ unsettled, isPaused: !(await isRunning()) }, sent - unsettled);
    await wait(pollMs, undefined, { signal });
  }
}

/** Hears how many messages are settled by now. */
type Watch = (waiting: Waiting, settled: number) => void;

/** Tells of a stretch in which nothing goes on, once. */
function watchHeadway({ uptime, idleMs, onWait }: RefreshSettings): Watch {
  let last = { at: uptime(), settled: 0, isReported: false };
  return (waiting, settled) => {
    if (settled !== last.settled) last = { at: uptime(), settled, isReported: false };
    if (last.isReported || uptime() - last.at < idleMs) return;
    last.isReported = true;
    onWait(waiting);
  };
}

/** A run, and what it is to send. */
export interface Sending {
  readonly run: RefreshRun;
  readonly order: Pick<Refresh, "dryRun" | "removeStale" | "next">;
}

/** When each message was sent that is not settled yet, how many are, and what minds that they come to an end. */
interface Unsettled {
  readonly sentAt: Map<string, number>;
  settled: number;
  readonly watch: Watch;
}

async function sendAll(settings: RefreshSettings, { run, order }: Sending, signal: AbortSignal): Promise<void> {
  const unsettled: Unsettled = { sentAt: new Map(), settled: 0, watch: watchHeadway(settings) };
  let current = run;
  for (;;) {
    const room = await awaitRoom(settings, unsettled, signal);
    const page = await order.next(current.lastOffender, room);
    const last = page.at(-1)?.offenderId;
    if (last === undefined) break;
    await sendPage(settings, { page, task: taskOf(current, order) });
    const sentAt = settings.uptime();
    for (const one of page) unsettled.sentAt.set(refreshKey(run.refreshRun, one), sentAt);
    await advanceRefreshRun(settings.database, current, { last, sent: page.length });
    current = moveOn(current, last, page.length);
    settings.onProgress({ sent: current.sent, lastOffender: last });
  }
  for (;;) {
    const left = await countUnsettled(settings, unsettled);
    if (left === 0) return;
    unsettled.watch({ unsettled: left, isPaused: false }, unsettled.settled);
    await wait(settings.pollMs, undefined, { signal });
  }
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
    const left = await countUnsettled(settings, unsettled);
    const isPaused = !(await settings.isRunning());
    if (left < maxUnsettled && !isPaused) return maxUnsettled - left;
    unsettled.watch({ unsettled: left, isPaused }, unsettled.settled);
    await wait(settings.pollMs, undefined, { signal });
  }
}

async function countUnsettled(
  { database, uptime, patienceMs }: RefreshSettings,
  unsettled: Unsettled,
): Promise<number> {
  const { sentAt } = unsettled;
  if (sentAt.size === 0) return 0;
  const settled = await listSettledKeys(database, [...sentAt.keys()]);
  for (const key of settled) sentAt.delete(key);
  unsettled.settled += settled.length;
  const oldest = uptime() - patienceMs;
  for (const [key, at] of sentAt) if (at < oldest) sentAt.delete(key);
  return sentAt.size;
}

async function sendPage(
  { queue, clock }: RefreshSettings,
  { page, task }: { readonly page: readonly RefreshCase[]; readonly task: RefreshTask },
): Promise<void> {
  const at = new Date(clock());
  const taken = await Promise.all(page.map((one) => queue.send(writeRefresh(one, task, at))));
  if (taken.includes(false)) throw new DependencyError("queue", "refused");
}
