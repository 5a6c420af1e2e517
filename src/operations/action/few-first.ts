/** How many of a group go first: enough to see whether the repair holds, and few enough to do no harm where it does not. */
export const fewFirst = 5;

/** How the first few ended: `settled` are those that went well, `failed` all others, also those that did not end in time. */
export interface FirstFew {
  readonly settled: number;
  readonly failed: number;
}

/** Whether the rest of a group may follow its first few: once `one` of these went well, or only where `all` of them did. */
export function mayFollow({ settled, failed }: FirstFew, needed: "one" | "all"): boolean {
  return settled > 0 && (needed === "one" || failed === 0);
}
