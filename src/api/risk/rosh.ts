import type { Registration } from "../../delius/person/registration.ts";
import type { Rosh } from "./risk-schema.ts";

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
