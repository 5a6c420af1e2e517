import type { Clock } from "../../platform/time/uptime.ts";
import type { Database } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import { repeatingJob, type Job } from "../../platform/process/repeating-job.ts";
import { findCutoffs, type Cutoffs, type RetentionRules } from "./retention.ts";
import { lockRetention, removeExpired, type ExpiringRows } from "./retention-store.ts";

/** What the removal of expired rows is built from. */
export interface RetentionJobSettings {
  readonly database: Database;
  readonly rules: RetentionRules;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds until the first time: a start is busy enough. */
  readonly firstAfterMs: number;
  /** Rows in one transaction. */
  readonly batch?: number;
}

const hour = 3_600_000;
const standardBatch = 500;

const sweeps: readonly (readonly [kind: ExpiringRows, cutoff: keyof Cutoffs])[] = [
  ["inbox", "retention"],
  ["attempts", "retention"],
  ["unwritten", "retention"],
  ["quarantine", "retention"],
  ["forms", "retention"],
  ["sessions", "over"],
  ["differences", "retention"],
  ["reconciledOfficers", "retention"],
  // Only once nothing refers to them.
  ["reconciliations", "retention"],
  ["refreshes", "retention"],
  ["groupReplays", "retention"],
  ["written", "history"],
  ["actions", "history"],
];

/** Removes expired rows about every hour. Dispose ends it within one small batch. */
export function createRetentionJob(settings: RetentionJobSettings): Job {
  const { log, random } = settings;
  const pause = () => hour * (0.5 + random());
  const fail = (error: unknown) => log.warn({ errorClass: errorClassOf(error) }, "retention failed; will retry");
  return repeatingJob((signal) => removeOld(settings, signal), { first: settings.firstAfterMs, pause, fail });
}

/**
 * Removes all expired rows, in batches of their own transactions, until there is no more of it or the signal
 * aborts. Answers how many rows of each kind went.
 */
export async function removeOld(
  settings: RetentionJobSettings,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const cutoffs = findCutoffs(settings.clock(), settings.rules);
  const removed: Record<string, number> = {};
  for (const [kind, cutoff] of sweeps) {
    removed[kind] = await sweep(settings, { kind, before: cutoffs[cutoff] }, signal);
  }
  const isAny = Object.values(removed).some((rows) => rows > 0);
  if (isAny) settings.log.info(removed, "expired rows removed");
  return removed;
}

interface Expired {
  readonly kind: ExpiringRows;
  readonly before: number;
}

async function sweep(settings: RetentionJobSettings, { kind, before }: Expired, signal: AbortSignal): Promise<number> {
  const { database, batch: most = standardBatch } = settings;
  for (let removed = 0; ;) {
    const gone = await database.transaction(async (tx) => {
      const isAlone = await lockRetention(tx);
      return { commit: true, value: isAlone ? await removeExpired(tx, kind, { before, most }) : 0 };
    }, signal);
    removed += gone;
    if (gone < most) return removed;
  }
}
