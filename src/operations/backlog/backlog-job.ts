import type { Executor } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import { repeatingJob, type Job } from "../../platform/process/repeating-job.ts";
import type { Queue } from "../../platform/queue/queue.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Clock } from "../../platform/time/uptime.ts";

import { listQuarantineGroups } from "../quarantine/quarantine-store.ts";
import { findLastWholeRun } from "../reconciliation/run-store.ts";
import { listWaitingGroups } from "../waiting/waiting-store.ts";
import { readBacklog } from "./backlog-readings.ts";
import { addQueue, findOldestAge, uncounted, type Backlog } from "./backlog.ts";

/** What the counting of the backlog is built from. */
export interface BacklogJobSettings {
  readonly reads: Executor;
  readonly queue: Pick<Queue, "count">;
  readonly metrics: Pick<Metrics, "watch">;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  /** The messages that this process has in hand: how many, and when the oldest was sent. */
  readonly held: () => { readonly inHand: number; readonly oldestInHand: Instant | null };
}

/** A job that knows what it counted last. */
export interface BacklogJob extends Job {
  /** The age in seconds of the oldest message that is known of. */
  oldestAge(): number;
}

const pollMs = 30_000;

/**
 * Counts about twice a minute what waits for the service or for a person, so that reading the metrics costs neither the
 * database nor the queue anything. What cannot be counted keeps its last count. Dispose ends it.
 */
export function createBacklogJob(settings: BacklogJobSettings): BacklogJob {
  const { metrics, clock, held, log, random } = settings;
  let backlog = uncounted;
  const fail = (error: unknown) => log.warn({ errorClass: errorClassOf(error) }, "the backlog could not be counted");
  const count = async () => {
    for (const step of steps) {
      const change = await step(settings).catch(fail);
      backlog = change?.(backlog) ?? backlog;
    }
  };
  const oldestAge = () => findOldestAge(backlog, { now: clock(), ...held() });
  metrics.watch("oldestMessage", () => [{ labels: {}, value: oldestAge() }]);
  metrics.watch("inHand", () => [{ labels: {}, value: held().inHand }]);
  watchCounts(metrics, () => readBacklog(backlog));
  const pause = () => pollMs * (0.5 + random());
  return { oldestAge, ...repeatingJob(count, { first: 0, pause, fail }) };
}

function watchCounts(metrics: Pick<Metrics, "watch">, read: () => ReturnType<typeof readBacklog>): void {
  metrics.watch("queue", () => read().queue);
  metrics.watch("quarantined", () => read().quarantined);
  metrics.watch("quarantinedSince", () => read().quarantinedSince);
  metrics.watch("waiting", () => read().waiting);
  metrics.watch("waitingSince", () => read().waitingSince);
  metrics.watch("reconciledAt", () => read().reconciledAt);
  metrics.watch("reconciledCases", () => read().reconciledCases);
  metrics.watch("drift", () => read().drift);
}

type Step = (settings: BacklogJobSettings) => Promise<(backlog: Backlog) => Backlog>;

const steps: readonly Step[] = [
  async ({ queue, clock, held }) => {
    const counts = await queue.count();
    return (backlog) => addQueue(backlog, counts, { now: clock(), ...held() });
  },
  async ({ reads }) => {
    const quarantine = await listQuarantineGroups(reads);
    return (backlog) => ({ ...backlog, quarantine });
  },
  async ({ reads }) => {
    const waiting = await listWaitingGroups(reads);
    return (backlog) => ({ ...backlog, waiting });
  },
  async ({ reads }) => {
    const reconciliation = await findLastWholeRun(reads);
    return (backlog) => ({ ...backlog, reconciliation });
  },
];
