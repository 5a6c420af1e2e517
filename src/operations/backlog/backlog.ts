import type { z } from "zod";
import type { Instant } from "../../platform/time/london-time.ts";
import type { quarantineGroupSchema } from "../quarantine/quarantine-schema.ts";
import type { RunTotals } from "../reconciliation/run-totals.ts";
import type { waitingGroupSchema } from "../waiting/waiting-schema.ts";

/** About how many messages the queue holds; `dead` is null where there is no dead-letter queue. */
export interface QueueBacklog {
  readonly waiting: number;
  readonly inFlight: number;
  readonly dead: number | null;
}

/** What waits for the service or for a person, as it was counted last. */
export interface Backlog {
  /** Null before the first count. */
  readonly queue: QueueBacklog | null;
  /** Since when messages wait and this process holds none; null while it does, or where none waits. */
  readonly stuckSince: Instant | null;
  readonly quarantine: readonly Readonly<z.infer<typeof quarantineGroupSchema>>[];
  readonly waiting: readonly Readonly<z.infer<typeof waitingGroupSchema>>[];
  /** The last run over all cases; null before the first. */
  readonly reconciliation: LastRun | null;
}

/** A run that has finished. */
export interface LastRun {
  readonly finishedAt: string | null;
  readonly compared: number;
  readonly totals: RunTotals | null;
}

/** Before anything is counted. */
export const uncounted: Backlog = { queue: null, stuckSince: null, quarantine: [], waiting: [], reconciliation: null };

/** The backlog after the queue was counted. */
export function addQueue(
  backlog: Backlog,
  { waiting, inFlight, dead }: QueueBacklog,
  { now, inHand }: { readonly now: Instant; readonly inHand: number },
): Backlog {
  const isStuck = waiting > 0 && inHand === 0;
  return { ...backlog, queue: { waiting, inFlight, dead }, stuckSince: isStuck ? (backlog.stuckSince ?? now) : null };
}

/** The age in seconds of the oldest message that is known of: in hand, or waiting while none is received. */
export function findOldestAge(
  { stuckSince }: Backlog,
  { now, oldestInHand }: { readonly now: Instant; readonly oldestInHand: Instant | null },
): number {
  const since = oldestInHand ?? stuckSince ?? now;
  return Math.max(now - since, 0) / 1000;
}
