import type { Executor } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { QueueAdmin } from "../../platform/queue/queue-admin.ts";
import { replayKey } from "../../sync/events/case-event.ts";
import { repeatingJob, type Job } from "../../platform/process/repeating-job.ts";
import { writeReplay, type StoredMessage } from "./replay.ts";
import { claimDueReplays, holdRefusedReplay, markReplaySent, releaseReplay } from "./replay-store.ts";

/** What the sending of replays is built from. */
export interface ReplayJobSettings {
  readonly database: Executor;
  readonly queue: Pick<QueueAdmin, "send">;
  readonly log: Log;
  readonly random: () => number;
  readonly times?: ReplayTimes;
}

/** How often is looked for replays, for how long a claim holds, and after how long one is sent again. */
export interface ReplayTimes {
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly resendAfterMs: number;
}

const standardTimes: ReplayTimes = { pollMs: 2_000, leaseMs: 60_000, resendAfterMs: 600_000 };
const most = 10;
const retryAfterMs = 5_000;

/**
 * Sends what operators ordered to be replayed, and sends it again until it is settled (rule O3). Every replica has one;
 * a replay is sent by the replica that claims it. Dispose lets what is under way end.
 */
export function createReplayJob(settings: ReplayJobSettings): Job {
  const { log, random, times = standardTimes } = settings;
  const pause = () => times.pollMs * (0.5 + random());
  const fail = (error: unknown) => log.warn({ errorClass: errorClassOf(error) }, "replays failed; will retry");
  return repeatingJob((signal) => sendDueReplays(settings, signal), { first: 0, pause, fail });
}

/**
 * Sends every replay that is due, until there is none, one cannot be sent, or the signal aborts. Answers how many were
 * sent.
 */
export async function sendDueReplays(settings: ReplayJobSettings, signal: AbortSignal): Promise<number> {
  const { leaseMs } = settings.times ?? standardTimes;
  let sent = 0;
  while (!signal.aborted) {
    const due = await claimDueReplays(settings.database, { most, leaseMs });
    const results = await Promise.all(due.map((replay) => sendOrTell(settings, replay)));
    sent += results.filter((result) => result === "sent").length;
    if (due.length < most || results.includes("failed")) break;
  }
  return sent;
}

async function sendOrTell(settings: ReplayJobSettings, stored: StoredMessage) {
  const inboxKey = replayKey(stored.inboxKey, stored.replay);
  try {
    return await send(settings, stored, inboxKey);
  } catch (error) {
    settings.log.warn({ inboxKey, errorClass: errorClassOf(error) }, "a replay was not sent");
    return "failed";
  }
}

async function send(
  { database, queue, log, times = standardTimes }: ReplayJobSettings,
  stored: StoredMessage,
  inboxKey: string,
): Promise<"sent" | "refused"> {
  const isTaken = await sendOrRelease({ database, queue }, stored);
  if (!isTaken) {
    log.warn({ inboxKey }, "the queue refused a replay");
    await holdRefusedReplay(database, stored, "The queue does not take this message any more.");
    return "refused";
  }
  await markReplaySent(database, stored, times.resendAfterMs);
  log.info({ inboxKey }, "replay sent");
  return "sent";
}

/** One that cannot be sent is claimed no more, so that it can be cancelled: should it have been sent, it is settled all the same. */
async function sendOrRelease(
  { database, queue }: Pick<ReplayJobSettings, "database" | "queue">,
  stored: StoredMessage,
): Promise<boolean> {
  try {
    return await queue.send(writeReplay(stored));
  } catch (error) {
    await releaseReplay(database, stored, retryAfterMs);
    throw error;
  }
}
