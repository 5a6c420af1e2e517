import { createPublicKey, type JsonWebKey } from "node:crypto";
import type { JWTVerifyGetKey } from "jose";
import { JWKSNoMatchingKey } from "jose/errors";
import { createLocalJWKSet } from "jose/jwks/local";
import { z } from "zod";
import type { Uptime } from "../time/uptime.ts";
import { readCapped, type BodyLimit } from "../process/work-limits.ts";
import { unobserved, type ObserveCall } from "../process/service-call.ts";
import { DependencyError, errorClassOf } from "../process/dependency-error.ts";

const milliseconds = { live: 60 * 60_000, refresh: 10 * 60_000, cooldown: 30_000, afterFailure: 2_000, fetch: 1_500 };
const bodyLimit: BodyLimit = { dependency: "auth", bytes: 256 * 1024 };

// A token that a shorter key signed proves nothing (RFC 7518, 3.3).
const minKeyBits = 2_048;

const keySchema = z.looseObject({ kty: z.literal("RSA") });
// What is not a key for RS256 may stand in the set too, and spoils nothing.
const keySetSchema = z.object({
  keys: z
    .array(z.unknown())
    .transform((keys) => keys.flatMap((key) => keySchema.safeParse(key).data ?? []))
    .transform((keys) => keys.filter((key) => countBits(key) > 0))
    .refine((keys) => keys.length > 0, "hold no key for RS256"),
});

/** The length of a published key; 0 for one that is not a key. */
function countBits(key: JsonWebKey): number {
  try {
    return createPublicKey({ key, format: "jwk" }).asymmetricKeyDetails?.modulusLength ?? 0;
  } catch {
    return 0;
  }
}

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

interface Attempt {
  readonly at: number;
  readonly keySet: Promise<KeySet>;
  hasFailed: boolean;
}

/**
 * Finds the key that a token names among those that HMPPS Auth publishes. Keys are fetched when first
 * needed, in passing every ten minutes, and for a key that is not known: at most each 30 s, no matter who asks for what, or
 * each 2 s while fetching fails. Known keys serve for an hour without a fetch that succeeds. The function that comes
 * back raises `DependencyError` (`auth`) when a key cannot be looked for, and an error of jose's when there is none.
 */
export function rememberKeys(jwksUrl: string, uptime: Uptime, observeCall: ObserveCall = unobserved): JWTVerifyGetKey {
  let held: KeySet | null = null;
  let last: Attempt | null = null;
  const ask = (): Promise<KeySet> => {
    const pause = last?.hasFailed === true ? milliseconds.afterFailure : milliseconds.cooldown;
    if (last !== null && uptime() - last.at < pause) return last.keySet;
    const attempt: Attempt = { at: uptime(), keySet: fetchKeySet(jwksUrl, uptime, observeCall), hasFailed: false };
    last = attempt;
    void note(attempt);
    return attempt.keySet;
  };
  const note = async (attempt: Attempt) => {
    try {
      held = await attempt.keySet;
    } catch {
      attempt.hasFailed = true;
    }
  };
  const getCurrent = (): KeySet | Promise<KeySet> => {
    if (held === null || uptime() - held.at >= milliseconds.live) return ask();
    // No one waits for it: what is held is good enough, and a failure is seen above.
    if (uptime() - held.at >= milliseconds.refresh) void ask();
    return held;
  };
  return async (header, token) => {
    const current = await getCurrent();
    try {
      return await current.find(header, token);
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey)) throw error;
    }
    const renewed = await ask();
    return renewed.find(header, token);
  };
}

/** Raises `DependencyError` (`auth`) unless HMPPS Auth publishes a key by which tokens can be checked. */
export async function checkSigningKeys(jwksUrl: string): Promise<void> {
  const keys = await fetchKeys(jwksUrl, unobserved);
  if (keys.length === 0) throw new DependencyError("auth", "no usable key");
}

async function fetchKeySet(jwksUrl: string, uptime: Uptime, observeCall: ObserveCall): Promise<KeySet> {
  const at = uptime();
  return { find: createLocalJWKSet({ keys: [...(await fetchKeys(jwksUrl, observeCall))] }), at };
}

/** Those of the published keys that are long enough; raises when none is a key at all. */
async function fetchKeys(jwksUrl: string, observeCall: ObserveCall) {
  try {
    const response = await observeCall({ dependency: "auth", method: "GET", name: "keys" }, (headers) =>
      fetch(jwksUrl, {
        redirect: "error",
        signal: AbortSignal.timeout(milliseconds.fetch),
        headers: { ...headers, accept: "application/json" },
      }),
    );
    if (response.status !== 200) throw new DependencyError("auth", `HTTP ${response.status}`);
    const { keys } = keySetSchema.parse(JSON.parse(await readCapped(response.body, bodyLimit)));
    return keys.filter((key) => countBits(key) >= minKeyBits);
  } catch (error) {
    if (error instanceof DependencyError) throw error;
    throw new DependencyError("auth", errorClassOf(error), error);
  }
}
