/** A database cannot be migrated as it is; each fault is a sentence for an operator. */
export class UnfitDatabase extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join(" "));
    this.faults = faults;
  }
}
