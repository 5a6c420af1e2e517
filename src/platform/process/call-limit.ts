import { createPlaces, type Place } from "./work-places.ts";

/** Makes a call when it is its turn; raises the signal's reason when that aborts before. */
export type TakeTurn = <Value>(call: () => Promise<Value>, signal: AbortSignal) => Promise<Value>;

/**
 * Lets at most so many calls be under way at once, the first first. A call that is overtaken by as many others is hanging: it goes on
 * beside them, so that a few that are never answered hold up no one.
 */
export function limitCalls({ calls, hanging }: { readonly calls: number; readonly hanging: number }): TakeTurn {
  const places = createPlaces({ overtakenBy: calls, maxOvertaken: hanging });
  const waiting = new Set<(place: Place) => void>();
  const next = (): void => {
    for (const begin of waiting) {
      const place = places.take(calls);
      if (place === null) return;
      waiting.delete(begin);
      begin(place);
    }
  };
  const takePlace = (signal: AbortSignal) =>
    new Promise<Place>((resolve, reject) => {
      const give = (place: Place): void => {
        signal.removeEventListener("abort", leave);
        resolve(place);
      };
      const leave = (): void => {
        if (waiting.delete(give)) reject(signal.reason);
      };
      waiting.add(give);
      signal.addEventListener("abort", leave, { once: true });
      next();
    });
  return async (call, signal) => {
    signal.throwIfAborted();
    const place = await takePlace(signal);
    try {
      return await call();
    } finally {
      place.leave();
      next();
    }
  };
}
