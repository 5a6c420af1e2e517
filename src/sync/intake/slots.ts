import { createPlaces } from "../../platform/process/work-places.ts";

/** The slots in which messages are worked on. */
export interface Slots {
  /** Puts work in line. `hasFailed`: the message, or another about its person, has failed before. */
  wait(work: Work): void;
  /** Begins what may begin at this reading of `Uptime`. Answers whether anything began. */
  fill(now: number): boolean;
  /** How many are taken, and how many more may be now. */
  count(): { readonly busy: number; readonly free: number };
}

/** Work in line. */
export interface Work {
  readonly hasFailed: boolean;
  /** Called when its turn has come; it leaves its slot when it has ended. */
  begin(leave: () => void): void;
}

/** What decides how many slots there are. */
export interface SlotsSettings {
  readonly concurrency: number;
  readonly gate: {
    /** How many may be in work while a dependency is on trial; null when none is. */
    allowance(): number | null;
    isPaused(): boolean;
  };
  /** When the intake stops all may begin, to be given back. */
  readonly stopping: { readonly aborted: boolean };
}

// Messages that have failed before get one slot in four: however many there are, they do not crowd out the others.
const shareOfFailed = 4;
// While a dependency is on trial, those show nothing new: one has a turn when no other message has come for so long.
const quietMs = 5_000;

/**
 * Makes slots for messages that have not failed before and, a share of them, for those that have; in each line the first comes first.
 * A few that are stuck do not use them up: see {@link createPlaces}.
 */
export function createSlots(settings: SlotsSettings): Slots {
  const { concurrency, gate, stopping } = settings;
  const places = createPlaces({ overtakenBy: concurrency, maxOvertaken: concurrency });
  const untried: Work[] = [];
  const failed: Work[] = [];
  const share = Math.max(Math.floor(concurrency / shareOfFailed), 1);
  let failedInWork = 0;
  let lastHadFailed = false;
  let lastBegunAt = -Infinity;
  const mayBeginFailed = (now: number): boolean => {
    if (failed.length === 0) return false;
    if (stopping.aborted) return true;
    if (gate.allowance() !== null) return untried.length === 0 && failedInWork === 0 && now - lastBegunAt >= quietMs;
    return failedInWork < share && (untried.length === 0 || !lastHadFailed);
  };
  return {
    wait: (work) => void (work.hasFailed ? failed : untried).push(work),
    fill: (now) => {
      for (let hasBegun = false; ; hasBegun = true) {
        const line = mayBeginFailed(now) ? failed : untried;
        const place = line.length === 0 ? null : places.take(countSlots(settings));
        const work = place === null ? undefined : line.shift();
        if (place === null || work === undefined) return hasBegun;
        [lastHadFailed, lastBegunAt] = [work.hasFailed, now];
        if (work.hasFailed) failedInWork += 1;
        work.begin(() => {
          if (work.hasFailed) failedInWork -= 1;
          place.leave();
        });
      }
    },
    count: () => {
      const busy = places.busy();
      return { busy, free: stopping.aborted ? 0 : Math.max(countSlots(settings) - busy, 0) };
    },
  };
}

function countSlots({ concurrency, gate, stopping }: SlotsSettings): number {
  if (stopping.aborted) return Infinity;
  return gate.isPaused() ? 0 : (gate.allowance() ?? concurrency);
}

const receiveSize = 10;
// Those that have failed before have a number of their own, so that they take no room from others. Putting one back costs it a
// receive: on its last one it is kept where that is possible.
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
  const others = held - failed;
  if (allowance !== null) return Math.min(Math.max(allowance - others, 0), receiveSize);
  return others <= Math.max(concurrency * heldPerSlot.all - receiveSize, 0) ? receiveSize : 0;
}

/** How many that have failed before may be in hand when one more comes, which was received so often. */
export function findMaxFailed(
  { concurrency, maxReceives }: { readonly concurrency: number; readonly maxReceives: number | null },
  receives: number,
): number {
  const isLast = maxReceives !== null && receives >= maxReceives;
  return concurrency * (isLast ? heldPerSlot.lastReceive : heldPerSlot.failed);
}
