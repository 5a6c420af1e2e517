import assert from "node:assert/strict";
import type { Peers } from "../../sandbox/peers.ts";

/** What ought not to have left the service, a text each, and how many tokens it was given beyond those that it needed. */
export interface Unexpected {
  readonly requests: readonly string[];
  readonly tokens: number;
}

/**
 * What Manage POM Cases and HMPPS Auth saw that ought not to have come. A token is needed once a start, once
 * for each call that was refused, and for each that may have been lost on its way.
 */
export function findUnexpected(
  { auth, mpc, environment }: Pick<Peers, "auth" | "mpc" | "environment">,
  { starts, lost = 0 }: { readonly starts: number; readonly lost?: number },
): Unexpected {
  const issued = auth.issued(environment["AUTH_CLIENT_ID"] ?? "");
  return {
    requests: [...mpc.unexpected(), ...auth.unexpected()],
    tokens: Math.max(0, issued - starts - mpc.refusals() - lost),
  };
}

/** Fails when anything came that ought not to have come. */
export function expectNothingUnexpected({ requests, tokens }: Unexpected): void {
  assert.deepEqual({ requests, tokens }, { requests: [], tokens: 0 }, "the service called what it ought not to");
}
