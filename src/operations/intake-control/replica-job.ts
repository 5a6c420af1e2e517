import { setTimeout as wait } from "node:timers/promises";
import type { Database } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import { answerWithin } from "../../platform/process/work-limits.ts";
import type { Log } from "../../platform/process/log.ts";
import type { ReplicaReport } from "./replica-report.ts";
import { removeReplica, saveReplica, type ReplicaIdentity } from "./replica-store.ts";

/** What the reporting of a replica's state is built from. */
export interface ReplicaJobSettings {
  /** Without retries: what is not written now is written the next time. */
  readonly database: Database;
  readonly identity: ReplicaIdentity;
  /** How the intake stands; null while that is not known yet. */
  readonly describe: () => ReplicaReport | null;
  readonly log: Log;
  readonly random: () => number;
  readonly betweenMs?: number;
}

/** A job that writes at once what has changed. */
export interface ReplicaJob extends AsyncDisposable {
  start(): void;
  /** The intake may stand differently now. */
  look(): void;
}

const milliseconds = { between: 4_000, leaving: 1_000 };

interface Reporting extends ReplicaJobSettings {
  /** What was written, or tried to be, last. */
  reported: ReplicaReport["state"] | null;
  isFailing: boolean;
  wake: () => void;
}

/**
 * Writes every few seconds how the intake of this replica stands, and at once when its state changes. What fails is logged once until
 * it goes well again. Dispose removes the replica's row, unless the database keeps it waiting.
 */
export function createReplicaJob(settings: ReplicaJobSettings): ReplicaJob {
  const { database, identity, describe } = settings;
  const stopping = new AbortController();
  const reporting: Reporting = { ...settings, reported: null, isFailing: false, wake: () => undefined };
  let running: Promise<void> = Promise.resolve();
  return {
    start: () => {
      running = keepReporting(reporting, stopping.signal);
    },
    look: () => {
      if (describe()?.state !== reporting.reported) reporting.wake();
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      const gone = running.then(() => removeReplica(database, identity));
      await answerWithin(milliseconds.leaving, gone).catch(() => undefined);
    },
  };
}

async function keepReporting(reporting: Reporting, signal: AbortSignal): Promise<void> {
  const { betweenMs = milliseconds.between, random } = reporting;
  while (!signal.aborted) {
    const nap = new AbortController();
    reporting.wake = () => nap.abort();
    await report(reporting);
    // While the database fails, a change is no reason to ask it more often.
    const asleep = reporting.isFailing ? signal : AbortSignal.any([signal, nap.signal]);
    const pause = betweenMs * (0.75 + random() / 2);
    await wait(pause, undefined, { signal: asleep }).catch(() => undefined);
  }
}

async function report(reporting: Reporting): Promise<void> {
  const { database, identity, describe, log } = reporting;
  const current = describe();
  reporting.reported = current?.state ?? null;
  if (current === null) return;
  try {
    await saveReplica(database, identity, current);
    reporting.isFailing = false;
  } catch (error) {
    if (!reporting.isFailing) log.warn({ errorClass: errorClassOf(error) }, "replica state not written; will retry");
    reporting.isFailing = true;
  }
}
