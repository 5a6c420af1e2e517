import { clientCredentialsGrant, type Configuration } from "openid-client";
import { configureAuthClient, type AuthSettings } from "../../platform/access/auth-client.ts";
import { unobserved, type ObserveCall } from "../../platform/process/service-call.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Uptime } from "../../platform/time/uptime.ts";

/** Bearer tokens for calls to Manage POM Cases. */
export interface TokenSource {
  /** A valid token; fetched once for all who wait. Raises `DependencyError` (`auth`). */
  getToken(): Promise<string>;
  /** Forgets a token that was refused, so that the next call fetches a fresh one (rule M4). */
  dropToken(token: string): void;
}

interface HeldToken {
  readonly value: string;
  readonly usableUntil: number;
}

const seconds = { margin: 60, shortestLife: 5 };
// With anything else in it, the call that carries the token would fail, and not HMPPS Auth be blamed.
const headerText = /^[\x21-\x7e]+$/;

/** A source of client-credential tokens, each kept until shortly before it expires (rule M4). */
export function createTokenSource(
  settings: AuthSettings,
  uptime: Uptime,
  observeCall: ObserveCall = unobserved,
): TokenSource {
  const configuration = configureAuthClient(settings, observeCall);
  let held: HeldToken | null = null;
  let pending: Promise<HeldToken> | null = null;
  return {
    getToken: async () => {
      if (held !== null && uptime() < held.usableUntil) return held.value;
      pending ??= fetchToken(configuration, uptime).finally(() => {
        pending = null;
      });
      held = await pending;
      return held.value;
    },
    dropToken: (token) => {
      if (held?.value === token) held = null;
    },
  };
}

async function fetchToken(configuration: Configuration, uptime: Uptime): Promise<HeldToken> {
  const askedAt = uptime();
  try {
    const { access_token: value, expires_in: life = 0 } = await clientCredentialsGrant(configuration);
    if (!headerText.test(value)) throw new DependencyError("auth", "token that no header can carry");
    const usable = Math.max(life - seconds.margin, seconds.shortestLife);
    return { value, usableUntil: askedAt + usable * 1000 };
  } catch (error) {
    throw new DependencyError("auth", errorClassOf(error), error);
  }
}
