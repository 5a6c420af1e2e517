import type { Registration } from "../../delius/person/registration.ts";
import type { Mappa, Rosh } from "./risk-schema.ts";

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

/** What the register says: no live entry, an entry of a type that we do not know, or the risk. */
export type RoshFinding =
  | { readonly kind: "none" }
  | { readonly kind: "unknown"; readonly type: string }
  | { readonly kind: "known"; readonly rosh: Rosh };

// RVRH is seen beside RVHR and means the same.
const levelOfType = new Map<string, Rosh["level"]>([
  ["RLRH", "LOW"],
  ["RMRH", "MEDIUM"],
  ["RHRH", "HIGH"],
  ["RVHR", "VERY_HIGH"],
  ["RVRH", "VERY_HIGH"],
]);

/** The risk of serious harm by the latest live registration whose type stands for it (rule C5). */
export function findRosh(registrations: readonly Registration[]): RoshFinding {
  const latest = registrations.find(({ isRosh }) => isRosh);
  if (latest === undefined) return { kind: "none" };
  const level = levelOfType.get(latest.type);
  if (level === undefined) return { kind: "unknown", type: latest.type };
  return { kind: "known", rosh: { level, startDate: latest.date } };
}
