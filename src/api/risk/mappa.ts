import type { Registration } from "../../delius/person/registration.ts";
import type { Mappa } from "./risk-schema.ts";

const levels = new Map(Object.entries({ M0: 0, M1: 1, M2: 2, M3: 3 }));
const categories = new Map(Object.entries({ X9: 0, M1: 1, M2: 2, M3: 3, M4: 4 }));

/**
 * The MAPPA registration that counts: the latest live one that has a level, else the latest live one. A code that is
 * unknown counts as 0. Null when the case has none (rule C4).
 */
export function findMappa(registrations: readonly Registration[]): Mappa | null {
  const live = registrations.filter(({ type }) => type === "MAPP");
  const counted = live.find(({ level }) => level !== null) ?? live[0];
  if (counted === undefined) return null;
  const level = readCode(levels, counted.level);
  const category = readCode(categories, counted.category);
  return {
    level: level.number,
    levelDescription: level.description,
    category: category.number,
    categoryDescription: category.description,
    startDate: counted.date,
    reviewDate: counted.reviewDate ?? undefined,
  };
}

function readCode(numbers: ReadonlyMap<string, number>, coded: Registration["level"]) {
  if (coded === null) return { number: undefined, description: undefined };
  return { number: numbers.get(coded.code) ?? 0, description: coded.description ?? undefined };
}

/** The MAPPA level of a case: 0 without a registration, undefined where no registration has a level (rule C4). */
export function findMappaLevel(registrations: readonly Registration[]): number | undefined {
  const mappa = findMappa(registrations);
  return mappa === null ? 0 : mappa.level;
}
