/** One of a limited number of places, taken. */
export interface Place {
  /** Leaves it; once. */
  leave(): void;
}

/** A limited number of places for work. */
export interface Places {
  /** Takes a place when fewer than `most` are taken; else null. */
  take(most: number): Place | null;
  /** How much work is under way, with a place or beside. */
  busy(): number;
}

/** When work gives up its place although it goes on. */
export interface PlacesSettings {
  /** So many pieces of work that began later must have ended. */
  readonly overtakenBy: number;
  /** How many may go on without a place; the others keep theirs. */
  readonly maxOvertaken: number;
}

interface Taken {
  readonly number: number;
  hasPlace: boolean;
}

/**
 * Makes places that a few stuck pieces of work cannot use up: what others keep overtaking gives up its place and goes on beside. Where
 * everything is slow nothing is overtaken, and no more is under way than there are places.
 */
export function createPlaces({ overtakenBy, maxOvertaken }: PlacesSettings): Places {
  // In the order in which they began.
  const placed = new Set<Taken>();
  let [begun, ended, overtaken] = [0, 0, 0];
  return {
    take: (most) => {
      if (placed.size >= most) return null;
      begun += 1;
      const own: Taken = { number: begun, hasPlace: true };
      placed.add(own);
      return {
        leave: () => {
          ended += 1;
          if (own.hasPlace) placed.delete(own);
          else overtaken -= 1;
          for (const one of placed) {
            // When as many have ended as had begun by then and some more, at least those began later.
            if (overtaken >= maxOvertaken || ended < one.number + overtakenBy) return;
            placed.delete(one);
            one.hasPlace = false;
            overtaken += 1;
          }
        },
      };
    },
    busy: () => begun - ended,
  };
}
