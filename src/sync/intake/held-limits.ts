const receiveSize = 10;
// Of those that have failed before fewer, and some more only where they are given up if they are put back again.
const heldPerSlot = { all: 4, failed: 2, lastReceive: 3 };

/** How many messages are in hand, and how many may be. */
export interface Held {
  readonly concurrency: number;
  /** Null while no dependency is on trial. */
  readonly allowance: number | null;
  readonly held: number;
  /** Those among them that have failed before. */
  readonly failed: number;
}

/** How many to receive: 10 whenever 10 more may be held; fewer only while a dependency is on trial. */
export function findRoom({ concurrency, allowance, held, failed }: Held): number {
  if (allowance !== null) return Math.min(Math.max(allowance - (held - failed), 0), receiveSize);
  return held <= Math.max(concurrency * heldPerSlot.all - receiveSize, 0) ? receiveSize : 0;
}

/** How many that have failed before may be in hand when one more comes, which was received so often. */
export function findMaxFailed(
  { concurrency, maxReceives }: { readonly concurrency: number; readonly maxReceives: number | null },
  receives: number,
): number {
  const isLast = maxReceives !== null && receives >= maxReceives;
  return concurrency * (isLast ? heldPerSlot.lastReceive : heldPerSlot.failed);
}
