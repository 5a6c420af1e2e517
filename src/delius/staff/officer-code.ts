const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const highestNumber = 999;

/** For a provider: the highest number taken under each letter of its officer codes. */
export type HighestNumbers = Readonly<Record<string, number>>;

/**
 * The next free officer code of a provider: its code, a letter and three digits. The first letter whose highest number
 * is below 999 is used, with the highest plus one; a gap is never filled. Null when Z999 is taken (rule S2).
 */
export function nextOfficerCode(providerCode: string, highest: HighestNumbers): string | null {
  for (const letter of letters) {
    const taken = highest[letter] ?? 0;
    if (taken < highestNumber) return `${providerCode}${letter}${String(taken + 1).padStart(3, "0")}`;
  }
  return null;
}

/** Whether an officer code stands for "no one yet": it ends in `U`. */
export function isUnallocatedOfficer(officerCode: string | null): boolean {
  return officerCode !== null && officerCode.trimEnd().endsWith("U");
}
