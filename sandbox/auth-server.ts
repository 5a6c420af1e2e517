import { createServer } from "node:http";
import { OAuth2Issuer, OAuth2Service } from "oauth2-mock-server";
import { listenOn, listenOnFreePort } from "./free-port.ts";

/** A client that may ask for tokens. */
export interface AuthClient {
  readonly id: string;
  readonly secret: string;
  readonly authorities: readonly string[];
}

/** How the stand-in of HMPPS Auth is set up. */
export interface HmppsAuthSettings {
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  readonly clients: readonly AuthClient[];
}

/** A stand-in of HMPPS Auth with real keys and tokens. */
export interface HmppsAuth extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly tokenUrl: string;
  /** How many tokens were asked for. */
  requests(): number;
  /** How many tokens a client was given. */
  issued(clientId: string): number;
  /** Requests that no one ought to make: by a client that is not known, or for anything but tokens and keys. */
  unexpected(): readonly string[];
  /** Makes the token endpoint answer this status from now on; null makes it well again. */
  failWith(status: number | null): void;
}

const endpoints = { token: "/oauth/token", jwks: "/.well-known/jwks.json" };
const known: ReadonlySet<string> = new Set([`POST ${endpoints.token}`, `GET ${endpoints.jwks}`]);

/** Starts the stand-in, for loopback callers only: RS256 keys, JWKS and client credentials by HTTP Basic. */
export async function startHmppsAuth({ port: preferred = 0, clients }: HmppsAuthSettings): Promise<HmppsAuth> {
  const issuer = new OAuth2Issuer();
  await issuer.keys.generate("RS256");
  const service = new OAuth2Service(issuer, endpoints);
  // A server of our own: the package's waits, when it stops, for connections that a browser opened to no purpose.
  const watch = checkClients(service, clients);
  const server = createServer((request, response) => {
    watch.note(`${request.method} ${request.url}`);
    service.requestHandler(request, response);
  });
  const port = await listenOnFreePort(preferred, (wanted) => listenOn(server, wanted));
  const origin = `http://127.0.0.1:${port}`;
  issuer.url = `${origin}/issuer`;
  return {
    issuer: issuer.url,
    jwksUrl: origin + endpoints.jwks,
    tokenUrl: origin + endpoints.token,
    requests: watch.requests,
    issued: watch.issued,
    unexpected: watch.unexpected,
    failWith: watch.failWith,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

function checkClients(service: OAuth2Service, clients: readonly AuthClient[]) {
  let requests = 0;
  const issued: string[] = [];
  const unexpected: string[] = [];
  let failure: number | null = null;
  service.on("beforeTokenSigning", (token: Signing, request: Asked) => {
    const client = findClient(request.headers.authorization, clients);
    Object.assign(token.payload, {
      sub: client?.id,
      client_id: client?.id,
      authorities: client?.authorities,
      scope: ["read", "write"],
      grant_type: "client_credentials",
      auth_source: "none",
    });
  });
  service.on("beforeResponse", (response: Answering, request: Asked) => {
    requests += 1;
    const client = findClient(request.headers.authorization, clients);
    if (client === undefined) unexpected.push("a token for a client that is not known");
    const refusal = failure === null ? refuse(client, request) : { statusCode: failure, error: "server_error" };
    if (refusal === null) issued.push(client?.id ?? "");
    else Object.assign(response, { statusCode: refusal.statusCode, body: { error: refusal.error } });
  });
  return {
    requests: () => requests,
    issued: (clientId: string) => issued.filter((id) => id === clientId).length,
    unexpected: () => unexpected,
    note: (request: string) => {
      if (!known.has(request)) unexpected.push(request);
    },
    failWith: (status: number | null) => {
      failure = status;
    },
  };
}

interface Asked {
  readonly headers: { readonly authorization?: string };
  readonly body?: { readonly grant_type?: string };
}

/** Why no token is given; null where one is. */
function refuse(client: AuthClient | undefined, { body }: Asked) {
  if (client === undefined) return { statusCode: 401, error: "invalid_client" };
  const isGrant = body?.grant_type === "client_credentials";
  return isGrant ? null : { statusCode: 400, error: "unsupported_grant_type" };
}

interface Signing {
  readonly payload: object;
}

interface Answering {
  readonly statusCode: number;
}

/**
 * The client of HTTP Basic credentials, read as HMPPS Auth does: the id as it stands up to the first colon, the secret as
 * it stands, and where that is not right once more URL-decoded.
 */
function findClient(header: string | undefined, clients: readonly AuthClient[]): AuthClient | undefined {
  const [, encoded = ""] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? "") ?? [];
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 0) return undefined;
  const [id, secret] = [pair.slice(0, colon), pair.slice(colon + 1)];
  const client = clients.find((one) => one.id === id);
  return client?.secret === secret || client?.secret === decode(secret) ? client : undefined;
}

function decode(secret: string): string | null {
  try {
    return decodeURIComponent(secret.replaceAll("+", " "));
  } catch {
    return null;
  }
}
