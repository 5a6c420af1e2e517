import type { Instant } from "../../platform/time/london-time.ts";

/** For how long what is kept is kept. */
export interface RetentionRules {
  /** Days for what changed nothing in Delius. */
  readonly retentionDays: number;
  /** Days for what did, and for what operators did. */
  readonly historyDays: number;
}

/** What is older than these moments goes. */
export interface Cutoffs {
  readonly retention: Instant;
  readonly history: Instant;
  /** For what says itself when it is over: an hour later, as replicas have clocks of their own. */
  readonly over: Instant;
}

/** Twice the longest time that a queue keeps a message: until then a key may come again. */
export const minRetentionDays = 28;

const [hour, day] = [3_600_000, 86_400_000];

/** What goes now. History is never kept for less long than the rest. */
export function findCutoffs(now: Instant, { retentionDays, historyDays }: RetentionRules): Cutoffs {
  const retained = Math.max(retentionDays, minRetentionDays);
  const history = now - Math.max(historyDays, retained) * day;
  return { retention: now - retained * day, history, over: now - hour };
}
