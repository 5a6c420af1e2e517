/** Chance that repeats itself: the same seed number gives the same run of choices. */
export interface Chance {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from 0 to one below the limit. */
  below(limit: number): number;
  /** True for this share of the calls. */
  happens(share: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/** Makes chance from a seed number (a linear congruential generator, modulus 2^32). */
export function createChance(seed: number): Chance {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e37) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    happens: (share) => next() < share,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("There is nothing to pick from.");
      return item;
    },
  };
}
