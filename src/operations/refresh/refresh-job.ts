import { setTimeout as wait } from "node:timers/promises";
import type { Clock, Uptime } from "../../platform/time/uptime.ts";
import type { Executor } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import type { QueueAdmin } from "../../platform/queue/queue-admin.ts";
import type { OffenderId } from "../../delius/person/person.ts";
import { refreshKey, writeRefresh, type RefreshCase, type RefreshTask } from "./refresh-message.ts";
import { countPlaces, takePlaces } from "./place-store.ts";
import { countRefreshes } from "./refresh-progress.ts";
import { decideStep, judgeFirst } from "./refresh-step.ts";
import { holdRefresh, releaseRest } from "./repair-store.ts";
import {
  advanceRefreshRun,
  findOpenRefreshRun,
  findRefreshSummary,
  finishRefreshRun,
  getRefreshStanding,
  insertRefreshRun,
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

/** How many cases are looked up at a time. */
const pageSize = 64;

/**
 * Sends a refresh for each case through the queue and waits for them. What all senders have under way holds places, of
 * which there are 64, so that live events never stand behind refreshes; none is sent while the intake is paused. Goes on
 * with the same refresh where one was broken off, and sends no more once it is cancelled. A run that starts with a few is left
 * unfinished where not all of these went well. Raises `DependencyError`.
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
  const isDone = await sendAll(settings, { run, order }, signal);
  if (isDone) await finishRefreshRun(database, run.refreshRun);
  return requireSummary(database, run);
}

async function requireSummary(database: Executor, { refreshRun }: RefreshRun): Promise<RefreshSummary> {
  const summary = await findRefreshSummary(database, refreshRun);
  if (summary === null) throw new Error("The run is missing.");
  return summary;
}

/** Hears what is waited for, and something that changes as long as messages are settled. */
type Watch = (waiting: Waiting, headway: string) => void;

/** Tells of a stretch in which nothing goes on, once. */
function watchHeadway({ uptime, idleMs, onWait }: RefreshSettings): Watch {
  let last = { at: uptime(), headway: "", isReported: false };
  return (waiting, headway) => {
    if (headway !== last.headway) last = { at: uptime(), headway, isReported: false };
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

/** Sends what a run may send, and waits until it is settled. Answers whether that is all of it, and not an operator's to continue. */
async function sendAll(settings: RefreshSettings, { run, order }: Sending, signal: AbortSignal): Promise<boolean> {
  const { database, isRunning, pollMs, onProgress } = settings;
  const look = createLook(settings, run);
  const judge = createJudge(settings, run);
  const rest = () => wait(pollMs, undefined, { signal });
  let current = run;
  let page: readonly RefreshCase[] = [];
  for (;;) {
    const isPaused = !(await isRunning());
    if (page.length === 0) page = await order.next(current.lastOffender, pageSize);
    const standing = await getRefreshStanding(database, run.refreshRun);
    const step = decideStep(standing, { sent: current.sent, hasMore: page.length > 0 });
    if (step.kind === "leave") return false;
    if (step.kind === "end") break;
    const sending = isPaused ? [] : await chooseNext(settings, run, page.slice(0, step.most));
    const last = sending.at(-1)?.offenderId;
    if (last === undefined) {
      await judge({ isPaused, open: await look(isPaused), isDue: step.most === 0 });
      await rest();
      continue;
    }
    signal.throwIfAborted();
    await sendPage(settings, { page: sending, task: taskOf(current, order) });
    await advanceRefreshRun(database, current, { last, sent: sending.length });
    current = moveOn(current, last, sending.length);
    page = page.slice(sending.length);
    onProgress({ sent: current.sent, lastOffender: last });
  }
  while ((await look(false)) > 0) await rest();
  return true;
}

/** How the messages of a run stand: how many are under way, and whether the first few are all sent and not judged yet. */
interface Standing {
  readonly isPaused: boolean;
  readonly open: number;
  readonly isDue: boolean;
}

/**
 * Judges the first few of a run once none of them is under way, and records the judgement. While the intake is paused they cannot be
 * settled, so that time does not count.
 */
function createJudge(settings: RefreshSettings, run: RefreshRun): (standing: Standing) => Promise<void> {
  const { database, uptime, patienceMs } = settings;
  let since = uptime();
  return async ({ isPaused, open, isDue }) => {
    if (isPaused) since = uptime();
    if (!isDue || isPaused || open > 0) return;
    const judgement = judgeFirst(countRefreshes(await requireSummary(database, run)), uptime() - since >= patienceMs);
    if (judgement === "continue") await releaseRest(database, run.refreshRun);
    if (judgement === "hold") await holdRefresh(database, run.refreshRun);
  };
}

/** The first of these cases, as many as there are places for. */
async function chooseNext(
  { database, patienceMs }: RefreshSettings,
  { refreshRun }: RefreshRun,
  page: readonly RefreshCase[],
): Promise<readonly RefreshCase[]> {
  if (page.length === 0) return page;
  const keys = page.map((one) => refreshKey(refreshRun, one));
  const allowed = await takePlaces(database, keys, patienceMs);
  const first = keys.findIndex((key) => !allowed.has(key));
  return first === -1 ? page : page.slice(0, first);
}

/** Looks how many messages are under way, tells when nothing goes on, and answers how many of them are the run's own. */
function createLook(settings: RefreshSettings, { refreshRun }: RefreshRun): (isPaused: boolean) => Promise<number> {
  const { database, patienceMs } = settings;
  const watch = watchHeadway(settings);
  return async (isPaused) => {
    const { own, all, newest } = await countPlaces(database, refreshRun, patienceMs);
    watch({ unsettled: all, isPaused }, `${own} ${all} ${newest}`);
    return own;
  };
}

function moveOn(run: RefreshRun, lastOffender: OffenderId, cases: number): RefreshRun {
  return { ...run, lastOffender, sent: run.sent + cases };
}

function taskOf({ refreshRun }: RefreshRun, { dryRun, removeStale }: Sending["order"]): RefreshTask {
  return { dryRun, removeStale, refreshRun };
}

async function sendPage(
  { queue, clock }: RefreshSettings,
  { page, task }: { readonly page: readonly RefreshCase[]; readonly task: RefreshTask },
): Promise<void> {
  const at = new Date(clock());
  const taken = await Promise.all(page.map((one) => queue.send(writeRefresh(one, task, at))));
  if (taken.includes(false)) throw new DependencyError("queue", "refused");
}
