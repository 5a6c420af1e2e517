import { hash } from "node:crypto";
import type { JWTPayload, JWTVerifyGetKey } from "jose";
import { JOSEError } from "jose/errors";
import { jwtVerify } from "jose/jwt/verify";
import { z } from "zod";
import type { Caller } from "./access.ts";
import { storableTextSchema } from "../database/storable-text.ts";
import type { Instant } from "../time/london-time.ts";
import type { Clock, Uptime } from "../time/uptime.ts";
import { DependencyError, errorClassOf } from "../process/dependency-error.ts";

/** What makes a token good. */
export interface TokenRules {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Not checked when undefined. */
  readonly audience: string | undefined;
}

/** Checks bearer tokens. */
export interface TokenVerifier {
  /** Who calls with a token that was verified before and still holds; null for any other. */
  recall(token: string): Caller | null;
  /**
   * Who calls; null when the token is no good. Raises `DependencyError` (`auth`) when the key cannot be looked for: a
   * token that cannot be checked is never taken as good.
   */
  verify(token: string): Promise<Caller | null>;
}

/** What a token verifier is built from. */
export interface TokenVerifierSettings {
  readonly rules: Pick<TokenRules, "issuer" | "audience">;
  /** Finds the key that a token names; raises `DependencyError` when it cannot look. */
  readonly keys: JWTVerifyGetKey;
  readonly clock: Clock;
  readonly uptime: Uptime;
  /** Tokens that are kept in mind at most; the oldest go first. */
  readonly maxRemembered: number;
}

const longestToken = 8_192;
// The clocks of two machines differ a little, and a token is often used the moment it was made (RFC 7519, 4.1.4).
const leewaySeconds = 60;
// A key that was withdrawn opens nothing for longer than this, however long its tokens were to last.
const longestMemoryMs = 60 * 60_000;

const claimsSchema = z.object({
  sub: z.string().optional().catch(undefined),
  client_id: z.string().optional().catch(undefined),
  user_name: z.string().min(1).optional().catch(undefined),
  authorities: z.array(z.string()).catch([]),
});
// They stand beside what a caller does.
const nameSchema = z.object({ client: storableTextSchema, actor: storableTextSchema });

const bearer = /^Bearer +([\w~+/-]+(?:\.[\w~+/-]+)*=*)$/i;

/** The token of the `Authorization` headers; null when there is none that could be one, or when they are several. */
export function readBearerToken([header = "", ...others]: readonly string[]): string | null {
  return others.length > 0 ? null : (bearer.exec(header)?.[1] ?? null);
}

interface Verified {
  readonly caller: Caller;
  /** When the token expires, on the wall clock as HMPPS Auth says it. */
  readonly expiresAt: Instant;
  readonly verifiedAt: number;
}

/**
 * Verifies RS256 tokens of HMPPS Auth. A token that was verified is known by its hash until it expires, for verifying
 * is what a request costs most.
 */
export function createTokenVerifier(settings: TokenVerifierSettings): TokenVerifier {
  const { keys, clock, uptime, maxRemembered } = settings;
  const { issuer, audience } = settings.rules;
  const expected = { issuer, algorithms: ["RS256"], requiredClaims: ["exp"], clockTolerance: leewaySeconds };
  const options = audience === undefined ? expected : { ...expected, audience };
  const verified = new Map<string, Verified>();
  const find = (mark: string): Caller | null => {
    const known = verified.get(mark);
    if (known === undefined || known.expiresAt <= clock()) return null;
    return uptime() - known.verifiedAt < longestMemoryMs ? known.caller : null;
  };
  return {
    recall: (token) => (token.length > longestToken ? null : find(hash("sha256", token, "base64"))),
    verify: async (token) => {
      if (token.length > longestToken) return null;
      const mark = hash("sha256", token, "base64");
      const known = find(mark);
      if (known !== null) return known;
      verified.delete(mark);
      const payload = await check(token, keys, { ...options, currentDate: new Date(clock()) });
      if (payload === null) return null;
      const caller = toCaller(payload);
      if (caller === null) return null;
      const expiresAt = ((payload.exp ?? 0) + leewaySeconds) * 1000;
      verified.set(mark, { caller, expiresAt, verifiedAt: uptime() });
      if (verified.size > maxRemembered) forgetOldest(verified);
      return caller;
    },
  };
}

async function check(
  token: string,
  keys: JWTVerifyGetKey,
  options: NonNullable<Parameters<typeof jwtVerify>[2]>,
): Promise<JWTPayload | null> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, options);
    // A header that brings its own key asks to be trusted for it.
    const bringsKey = ["jwk", "jku", "x5u", "x5c"].some((name) => name in protectedHeader);
    return bringsKey ? null : payload;
  } catch (error) {
    if (error instanceof JOSEError) return null;
    if (error instanceof DependencyError) throw error;
    // The key that the token names is published, but it is no key.
    throw new DependencyError("auth", errorClassOf(error), error);
  }
}

function toCaller(payload: JWTPayload): Caller | null {
  const { sub, client_id: client = sub ?? "unknown", user_name: user, authorities } = claimsSchema.parse(payload);
  const names = nameSchema.safeParse({ client, actor: user ?? sub ?? client });
  return names.success ? { ...names.data, authorities: new Set(authorities) } : null;
}

function forgetOldest(verified: Map<string, Verified>): void {
  const [oldest] = verified.keys();
  if (oldest !== undefined) verified.delete(oldest);
}
