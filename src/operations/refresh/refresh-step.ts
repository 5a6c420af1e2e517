import { fewFirst, mayFollow } from "../action/few-first.ts";
import type { Progress } from "../action/action-result.ts";

/** The states of a run of refreshes. */
export const refreshStates = ["first", "held", "rest", "finished", "cancelled"] as const;

/** How a run of refreshes stands. */
export interface RunStanding {
  readonly isCancelled: boolean;
  /** Only its first few cases may be sent. */
  readonly isFirst: boolean;
  /** Not all of the first few went well, and no one has let it continue. */
  readonly isHeld: boolean;
}

/**
 * What comes next of a run: to send at most so many cases more, to leave it to an operator, or to end. Where it is to send none, its
 * first few are judged.
 */
export type NextStep =
  | { readonly kind: "send"; readonly most: number }
  | { readonly kind: "leave" }
  | { readonly kind: "end" };

/** How far a run has come: the cases that it has sent, and whether there are others. */
export interface RunReach {
  readonly sent: number;
  readonly hasMore: boolean;
}

/** What comes next of a run that stands so. One of a few cases has no rest that would wait for them. */
export function decideStep({ isCancelled, isFirst, isHeld }: RunStanding, { sent, hasMore }: RunReach): NextStep {
  if (isCancelled || !hasMore) return { kind: "end" };
  if (isHeld) return { kind: "leave" };
  return { kind: "send", most: isFirst ? Math.max(fewFirst - sent, 0) : Infinity };
}

/**
 * What follows the first few of a run: to wait until they have ended, to continue where all of them went well, or to hold the
 * rest. What is `isLate` is waited for no more.
 */
export function judgeFirst(
  { sent, settled, failed }: Pick<Progress, "sent" | "settled" | "failed">,
  isLate: boolean,
): "wait" | "continue" | "hold" {
  if (settled + failed < sent && !isLate) return "wait";
  return mayFollow({ settled, failed: sent - settled }, "all") ? "continue" : "hold";
}
