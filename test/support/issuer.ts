import { createHmac, generateKeyPair, sign as signBytes, type KeyObject } from "node:crypto";
import { createServer, type OutgoingHttpHeaders } from "node:http";
import { once } from "node:events";
import { promisify } from "node:util";
import { exportJWK, type JWK } from "jose";

/** An issuer of tokens with keys of its own, in the place of HMPPS Auth. */
export interface Issuer extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** A token that is good in everything that `claims` and `header` do not change; undefined takes a claim away. */
  sign(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The pair that it signs with. */
  pair(): KeyPair;
  /** Signs with a new key from now on; the old one is published no more. */
  rotate(): Promise<void>;
  /** How often the keys were fetched. */
  fetches(): number;
  /** Answers the keys with this status from now on; null makes it well again. */
  failWith(status: number | null): void;
  /** Answers this in the place of the keys from now on; null makes it well again. */
  answerWith(answer: KeysAnswer | null): void;
}

/** What may come in the place of the keys. */
export interface KeysAnswer {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string;
}

/** A pair of RS256 keys and what is published of it. */
export interface KeyPair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JWK;
}

/** The authority that reads case data. */
export const caseDetailRole = "ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL";

/** Starts an issuer on this machine. */
export async function startIssuer(): Promise<Issuer> {
  let pair = await makePair("key-1");
  let made = 1;
  let fetches = 0;
  let wrong: KeysAnswer | null = null;
  const server = createServer((_request, response) => {
    fetches += 1;
    const { status = 200, headers = { "content-type": "application/json" }, body } = wrong ?? publish(pair);
    response.writeHead(status, headers).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const issuer = `http://127.0.0.1:${port}/issuer`;
  return {
    issuer,
    jwksUrl: `http://127.0.0.1:${port}/.well-known/jwks.json`,
    // Whoever waits for a token may not notice that it takes no time.
    sign: (claims = {}, header = {}) =>
      Promise.resolve(signToken(pair, { header, claims: { ...describeClaims(issuer), ...claims } })),
    pair: () => pair,
    rotate: async () => {
      made += 1;
      pair = await makePair(`key-${made}`);
    },
    fetches: () => fetches,
    failWith: (status) => {
      wrong = status === null ? null : { ...publish(pair), status };
    },
    answerWith: (answer) => {
      wrong = answer;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** The claims of a good token: ten minutes for a client that may read case data. */
export function describeClaims(issuer: string) {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, sub: "mpc", client_id: "mpc", authorities: [caseDetailRole], iat: now, exp: now + 600 };
}

function publish({ jwk }: KeyPair): KeysAnswer {
  return { body: JSON.stringify({ keys: [jwk] }) };
}

const generate = promisify(generateKeyPair);

/** Makes a pair of RS256 keys, as long as they are to be. */
export async function makePair(kid: string, bits = 2_048): Promise<KeyPair> {
  const { privateKey, publicKey } = await generate("rsa", { modulusLength: bits });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" };
  return { kid, privateKey, publicKey, jwk };
}

/** What a token says. */
export interface TokenText {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: unknown;
}

/** Signs a token with RS256, no matter what its header says. */
export function signToken({ kid, privateKey }: KeyPair, { header, claims }: TokenText): string {
  const text = writeToken({ header: { alg: "RS256", kid, ...header }, claims });
  return `${text}.${signBytes("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
}

/** Signs a token with HS256 and these bytes as the secret, no matter what its header says. */
export function signTokenWithSecret(secret: string, { header, claims }: TokenText): string {
  const text = writeToken({ header: { alg: "HS256", ...header }, claims });
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** A token without its signature. */
export function writeToken({ header, claims }: TokenText): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
}
