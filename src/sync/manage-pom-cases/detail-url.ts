import { readNomsNumber, type NomsNumber } from "../../delius/person/person.ts";
import type { Fact } from "../fact/outcome.ts";

/** Where the detail of each fact lives in Manage POM Cases (rule E2). */
const livePaths: Readonly<Record<Fact, (nomsNumber: NomsNumber) => string>> = {
  handover: (nomsNumber) => `/api/handovers/${nomsNumber}`,
  allocation: (nomsNumber) => `/api/allocation/${nomsNumber}/primary_pom`,
};

// No percent sign, dot or query: nothing that two readers of one address could understand in two ways.
const plainPath = /^\/api(?:\/[A-Za-z0-9_-]+)+$/;

// Anywhere in the path, in any letter case: an address of two people is an address of the wrong one.
const anyNomsNumber = /(?<![A-Za-z0-9])[A-Z]\d{4}[A-Z]{2}(?![A-Za-z0-9])/gi;

/** The address of a fact's detail in Manage POM Cases. `origin` is scheme, host and port. */
export function buildDetailUrl(origin: string, fact: Fact, nomsNumber: NomsNumber): string {
  return origin + livePaths[fact](nomsNumber);
}

/**
 * Whether an address from an event may be called with our token: its text starts byte for byte with an allowed origin
 * and `/api/`, its path is plain, and the event's own NOMS number, in any letter case, is a segment of the path and the
 * only number in it (rule E5).
 */
export function isTrustedDetailUrl(text: string, origins: readonly string[], nomsNumber: NomsNumber): boolean {
  const origin = origins.find((allowed) => text.startsWith(`${allowed}/api/`));
  if (origin === undefined) return false;
  const path = text.slice(origin.length);
  const isOurs = (number: string) => readNomsNumber(number) === nomsNumber;
  if (!plainPath.test(path) || !path.split("/").some(isOurs)) return false;
  return [...path.matchAll(anyNomsNumber)].every(([number]) => isOurs(number));
}
