import type { Transaction } from "../../platform/database/database.ts";
import type { Prepared } from "./prepared-message.ts";

/** Messages that are to be written in a transaction. */
export interface GroupedWrites {
  readonly set: readonly Prepared[];
  /** How many are written at a time. */
  readonly size: number;
  /** Starts the writes of some of them. */
  readonly write: (part: readonly Prepared[]) => readonly Promise<void>[];
}

/** Nothing of this one message was written, for the database raised this; the others of its set were settled. */
export interface Failed {
  readonly kind: "failed";
  readonly error: Error;
}

/**
 * Writes messages so many at a time, and those of a group that fails one by one. Answers in their order what each failed with, null for
 * success; nothing of those that failed stays written. Raises where the transaction as a whole failed.
 */
export async function writeInGroups(
  tx: Transaction,
  { set, size, write }: GroupedWrites,
): Promise<readonly (Failed | null)[]> {
  const groups = Array.from({ length: Math.ceil(set.length / size) }, (_, index) =>
    set.slice(index * size, (index + 1) * size),
  );
  const errors = await tx.attemptEach(groups.map((group) => () => Promise.all(write(group))));
  const failures = groups.flatMap((group, index): readonly (Failed | null)[] => {
    const error = errors[index] ?? null;
    return group.map(() => (error === null ? null : { kind: "failed", error }));
  });
  const suspects = set.filter((_, place) => failures[place] !== null);
  if (size === 1 || suspects.length === 0) return failures;
  const ofSuspects = (await writeInGroups(tx, { set: suspects, size: 1, write })).values();
  return failures.map((failure) => (failure === null ? null : (ofSuspects.next().value ?? null)));
}
