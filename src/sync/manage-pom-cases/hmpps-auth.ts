import {
  allowInsecureRequests,
  type ClientAuth,
  clientCredentialsGrant,
  Configuration,
  customFetch,
  type CustomFetch,
} from "openid-client";
import { readCapped, type BodyLimit } from "../../platform/process/capped-body.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Uptime } from "../../platform/time/uptime.ts";
import type { Secret } from "../../platform/process/secret.ts";

/** Where and as whom to ask HMPPS Auth for a token. */
export interface AuthSettings {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Bearer tokens for calls to Manage POM Cases. */
export interface TokenSource {
  /** A valid token; fetched once for all who wait. Raises `DependencyError` (`auth`). */
  getToken(): Promise<string>;
  /** Forgets a token that was refused, so that the next call fetches a fresh one (spec 3.3). */
  dropToken(token: string): void;
}

interface HeldToken {
  readonly value: string;
  readonly usableUntil: number;
}

const seconds = { timeout: 15, margin: 60, shortestLife: 5 };
// With anything else in it, the call that carries the token would fail, and not HMPPS Auth be blamed.
const headerText = /^[\x21-\x7e]+$/;
const bodyLimit: BodyLimit = { dependency: "auth", bytes: 64 * 1024 };

/** A source of client-credential tokens, each kept until shortly before it expires (spec 3.3). */
export function createTokenSource(settings: AuthSettings, uptime: Uptime): TokenSource {
  const configuration = configure(settings);
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

function configure({ tokenUrl, clientId, clientSecret }: AuthSettings): Configuration {
  const url = new URL(tokenUrl);
  const server = { issuer: url.origin, token_endpoint: url.href };
  const configuration = new Configuration(server, clientId, undefined, sendCredentials(clientSecret));
  configuration.timeout = seconds.timeout;
  configuration[customFetch] = fetchCapped;
  // The configuration has already refused http: where it is not allowed.
  if (url.protocol === "http:") allowInsecureRequests(configuration);
  return configuration;
}

/**
 * HTTP Basic that is understood by HMPPS Auth, which compares the id as it stands and tries a secret also decoded, and by
 * servers that decode both (RFC 6749 2.3.1). The configuration refuses ids that decoding would change.
 */
function sendCredentials(clientSecret: Secret): ClientAuth {
  return (...[, { client_id: id }, , headers]: Parameters<ClientAuth>) => {
    const pair = `${id}:${encode(clientSecret.reveal())}`;
    headers.set("authorization", `Basic ${Buffer.from(pair).toString("base64")}`);
  };
}

/** A text as in a form, but for a space: some servers read `+` as it stands, and all understand `%20`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

const fetchCapped: CustomFetch = async (url, { body: asked = null, ...options }) => {
  const { body, status, headers } = await fetch(url, { ...options, body: asked });
  const text = await readCapped(body, bodyLimit);
  return new Response(text === "" ? null : text, { status, headers });
};

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
