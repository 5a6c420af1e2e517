import { allowInsecureRequests, type ClientAuth, Configuration, customFetch, type CustomFetch } from "openid-client";
import { readCapped, type BodyLimit } from "../process/work-limits.ts";
import { unobserved, type ObserveCall } from "../process/service-call.ts";
import type { Secret } from "../process/secret.ts";

/** Where and as whom to ask HMPPS Auth for a token. */
export interface AuthSettings {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Where a person signs in, for a client that people use. */
  readonly authorizeUrl?: string;
  /** Who must have sent a person back, where they say so (RFC 9207). */
  readonly issuer?: string;
}

const timeoutSeconds = 15;
const bodyLimit: BodyLimit = { dependency: "auth", bytes: 64 * 1024 };

/** How `openid-client` is to call HMPPS Auth: answers are capped in size and time, credentials go by HTTP Basic. */
export function configureAuthClient(
  { tokenUrl, clientId, clientSecret, authorizeUrl, issuer }: AuthSettings,
  observeCall: ObserveCall = unobserved,
): Configuration {
  const url = new URL(tokenUrl);
  const endpoints = authorizeUrl === undefined ? {} : { authorization_endpoint: authorizeUrl };
  const server = { issuer: issuer ?? url.origin, token_endpoint: url.href, ...endpoints };
  const configuration = new Configuration(server, clientId, undefined, sendCredentials(clientSecret));
  configuration.timeout = timeoutSeconds;
  configuration[customFetch] = (...request) =>
    observeCall({ dependency: "auth", method: "POST", name: "token" }, (headers) => fetchCapped(request, headers));
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

async function fetchCapped(
  [url, { body: asked = null, ...options }]: Parameters<CustomFetch>,
  further: Readonly<Record<string, string>>,
): Promise<Response> {
  const sent = { ...Object.fromEntries(new Headers(options.headers)), ...further };
  const { body, status, headers } = await fetch(url, { ...options, headers: sent, body: asked });
  const text = await readCapped(body, bodyLimit);
  return new Response(text === "" ? null : text, { status, headers });
}
