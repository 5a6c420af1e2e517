import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { OAuth2Issuer } from "oauth2-mock-server";
import { createSignIn, type AuthUser, type BrowserAnswer, type SignIn } from "./auth-sign-in.ts";
import { listenOn, listenOnFreePort } from "./free-port.ts";

/** A client that may ask for tokens. */
export interface AuthClient {
  readonly id: string;
  readonly secret: string;
  readonly authorities: readonly string[];
}

/** A client by which people sign in. */
export interface WebClient {
  readonly id: string;
  readonly secret: string;
  readonly users: readonly AuthUser[];
}

/** How the stand-in of HMPPS Auth is set up. */
export interface HmppsAuthSettings {
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  readonly clients: readonly AuthClient[];
  readonly web?: WebClient;
}

/** A stand-in of HMPPS Auth with real keys and tokens. */
export interface HmppsAuth extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly tokenUrl: string;
  readonly authorizeUrl: string;
  /** Lets the web client's people come back to this address after signing in or out; to no other. */
  allowRedirect(address: string): void;
  /** How many tokens were asked for. */
  requests(): number;
  /** How many tokens a client was given. */
  issued(clientId: string): number;
  /** Requests that no one ought to make: by a client that is not known, or for anything that is not here. */
  unexpected(): readonly string[];
  /** Makes the token endpoint answer this status from now on; null makes it well again. */
  failWith(status: number | null): void;
}

const paths = {
  token: "/oauth/token",
  authorize: "/oauth/authorize",
  signOut: "/sign-out",
  jwks: "/.well-known/jwks.json",
};
const lifeSeconds = 3_600;

let sharedKey: ReturnType<OAuth2Issuer["keys"]["generate"]> | null = null;

/** Making a key takes a tenth of a second of computing: the stand-ins of one process share theirs. */
function shareKey(): NonNullable<typeof sharedKey> {
  sharedKey ??= new OAuth2Issuer().keys.generate("RS256");
  return sharedKey;
}

/**
 * Starts the stand-in, for loopback callers only: RS256 keys, JWKS, client credentials by HTTP Basic, and sign-in by
 * authorization code with PKCE for the web client.
 */
export async function startHmppsAuth({ port: preferred = 0, clients, web }: HmppsAuthSettings): Promise<HmppsAuth> {
  const issuer = new OAuth2Issuer();
  await issuer.keys.add(await shareKey());
  const redirectUris = new Set<string>();
  const signIn = createSignIn({ id: web?.id ?? "", redirectUris }, web?.users ?? []);
  const state: State = { issuer, signIn, clients, web, requests: 0, issued: [], unexpected: [], failure: null };
  const server = createServer((request, response) => {
    handle(state, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  const port = await listenOnFreePort(preferred, (wanted) => listenOn(server, wanted));
  const origin = `http://127.0.0.1:${port}`;
  issuer.url = `${origin}/issuer`;
  return {
    issuer: issuer.url,
    jwksUrl: origin + paths.jwks,
    tokenUrl: origin + paths.token,
    authorizeUrl: origin + paths.authorize,
    allowRedirect: (address) => void redirectUris.add(address),
    requests: () => state.requests,
    issued: (clientId) => state.issued.filter((id) => id === clientId).length,
    unexpected: () => state.unexpected,
    failWith: (status) => {
      state.failure = status;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

interface State {
  readonly issuer: OAuth2Issuer;
  readonly signIn: SignIn;
  readonly clients: readonly AuthClient[];
  readonly web: WebClient | undefined;
  requests: number;
  readonly issued: string[];
  readonly unexpected: string[];
  failure: number | null;
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://localhost");
  const { signIn, issuer } = state;
  switch (`${request.method} ${pathname}`) {
    case `GET ${paths.jwks}`:
      return sendJson(response, 200, { keys: issuer.keys.toJSON() });
    case `POST ${paths.token}`: {
      const { status, body } = await answerToken(state, request);
      return sendJson(response, status, body);
    }
    case `GET ${paths.authorize}`:
      return sendBrowser(response, signIn.ask(query));
    case `POST ${paths.authorize}`:
      return sendBrowser(response, signIn.choose(query, new URLSearchParams(await text(request)).get("user")));
    case `GET ${paths.signOut}`:
      return sendBrowser(response, signIn.leave(query));
    default:
      if (pathname !== "/favicon.ico") state.unexpected.push(`${request.method} ${request.url}`);
      return sendJson(response, 404, { error: "not_found" });
  }
}

async function answerToken(state: State, request: IncomingMessage): Promise<{ status: number; body: object }> {
  const form = new URLSearchParams(await text(request));
  state.requests += 1;
  const { authorization } = request.headers;
  const client = findClient(authorization, [...state.clients, ...(state.web === undefined ? [] : [state.web])]);
  if (client === undefined) state.unexpected.push("a token for a client that is not known");
  if (state.failure !== null) return { status: state.failure, body: { error: "server_error" } };
  if (client === undefined) return { status: 401, body: { error: "invalid_client" } };
  const claims = "authorities" in client ? claimsOfClient(client, form) : claimsOfUser(state, client, form);
  if (typeof claims === "string") return { status: 400, body: { error: claims } };
  state.issued.push(client.id);
  const token = await state.issuer.buildToken({
    scopesOrTransform: (_header, payload) =>
      Object.assign(payload, { client_id: client.id, scope: ["read", "write"] }, claims),
    expiresIn: lifeSeconds,
  });
  return {
    status: 200,
    body: { access_token: token, token_type: "Bearer", expires_in: lifeSeconds, scope: "read write" },
  };
}

/** What a token says, or why there is none. */
function claimsOfClient({ id, authorities }: AuthClient, form: URLSearchParams): object | string {
  const grant = form.get("grant_type");
  if (grant !== "client_credentials") return "unsupported_grant_type";
  return { sub: id, authorities, grant_type: grant, auth_source: "none" };
}

function claimsOfUser({ signIn }: State, { id }: WebClient, form: URLSearchParams): object | string {
  const grant = form.get("grant_type");
  if (grant !== "authorization_code") return "unsupported_grant_type";
  const user = signIn.redeem(id, form);
  if (user === null) return "invalid_grant";
  const { userName, authorities } = user;
  return { sub: userName, user_name: userName, authorities, grant_type: grant, auth_source: "auth" };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

function sendBrowser(response: ServerResponse, { status, html = "", location }: BrowserAnswer): void {
  const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(status, location === undefined ? headers : { ...headers, location });
  response.end(html);
}

/**
 * The client of HTTP Basic credentials, read as HMPPS Auth does: the id as it stands up to the first colon, the secret as
 * it stands, and where that is not right once more URL-decoded.
 */
function findClient<Client extends AuthClient | WebClient>(
  header: string | undefined,
  clients: readonly Client[],
): Client | undefined {
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
