import type { BlockedBatch } from "../fact/fact-handler.ts";
import type { Prepared } from "./prepared-message.ts";
import type { Ending, Way } from "./settle-batch.ts";

// What becomes of the messages of a set that could not be settled as it was.

/** A message that waits to be settled. */
export interface Waiting {
  readonly prepared: Prepared;
  readonly signal: AbortSignal;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: unknown) => void;
}

/** A set to be settled again, or a part of one. */
export interface Part {
  readonly set: readonly Waiting[];
  readonly way: Exclude<Way, "alone">;
  /** They have failed before. */
  readonly hasFailed: boolean;
}

/** The messages that wait, by how they are to be settled. */
export interface Lines {
  /** Ready, and not yet in a set. */
  readonly loose: Waiting[];
  /** Sets to be settled again, or parts of them. */
  readonly parts: Part[];
  /** Ready, and likely to fail. */
  readonly apart: Waiting[];
  /** To be settled alone. */
  readonly alone: Waiting[];
}

// Where fewer fail, it costs less to begin a set anew now and then.
const few = 1 / 500;

/** How to write a set with the fewest writes while this share of the messages fails: the more fail, the smaller the groups. */
export function chooseWay(share: number): Part["way"] {
  return share < few ? "together" : inGroupsFor(share);
}

function inGroupsFor(share: number): Part["way"] {
  return { groupsOf: Math.round(1 / Math.sqrt(share)) };
}

/** Puts the messages of a set that failed as a whole back into a line. Answers how large the next sets may be. */
export function divide({ parts, alone }: Lines, { set, way, hasFailed }: Part): number {
  const half = Math.ceil(set.length / 2);
  if (hasFailed || set.length === 1) alone.unshift(...set);
  else if (way === "together") parts.unshift({ set, way: inGroupsFor(1 / set.length), hasFailed });
  else {
    parts.unshift({ set: set.slice(0, half), way, hasFailed }, { set: set.slice(half), way, hasFailed });
    return half;
  }
  return Infinity;
}

/**
 * Lets the messages that block a set go alone, and the others together; alone, too, where no message of it blocks the others, or all do:
 * it cannot be settled as one.
 */
export function leaveOut(lines: Lines, part: Part, blocked: BlockedBatch): void {
  const { set, hasFailed } = part;
  const others = set.filter((_, place) => !blocked.alone.includes(place));
  lines.alone.unshift(...set.filter((one) => !others.includes(one)));
  if (others.length === set.length) lines.alone.unshift(...others);
  else if (hasFailed) lines.apart.unshift(...others);
  else if (others.length > 0) lines.parts.unshift({ ...part, set: others });
}
