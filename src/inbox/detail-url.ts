import type { NomsNumber } from "../person/person.ts";
import type { Fact } from "./outcome.ts";

/** Where the detail of each fact lives in Manage POM Cases (spec 3.2). */
const livePaths: Readonly<Record<Fact, (nomsNumber: NomsNumber) => string>> = {
  handover: (nomsNumber) => `/api/handovers/${nomsNumber}`,
  allocation: (nomsNumber) => `/api/allocation/${nomsNumber}/primary_pom`,
};

// No percent sign, dot or query: nothing that two readers of one address could understand in two ways.
const plainPath = /^\/api(?:\/[A-Za-z0-9_-]+)+$/;

/** The address of a fact's detail in Manage POM Cases. `origin` is scheme, host and port. */
export function buildDetailUrl(origin: string, fact: Fact, nomsNumber: NomsNumber): string {
  return origin + livePaths[fact](nomsNumber);
}

/**
 * Whether an address from an event may be called with our token: its text starts byte for byte with an allowed origin
 * and `/api/`, its path is plain, and one segment of the path is the event's own NOMS number (spec 3.3, 6.2).
 */
export function isTrustedDetailUrl(text: string, origins: readonly string[], nomsNumber: NomsNumber): boolean {
  const origin = origins.find((allowed) => text.startsWith(`${allowed}/api/`));
  if (origin === undefined) return false;
  const path = text.slice(origin.length);
  return plainPath.test(path) && path.split("/").includes(nomsNumber);
}
