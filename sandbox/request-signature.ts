import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { FastifyInstance } from "fastify";

/** A request as far as its signature covers it. */
interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Who signed which headers, for when and what: the parts of an authorization header. */
interface Credential {
  readonly accessKey: string;
  /** Day, region, service and the constant end. */
  readonly scope: readonly string[];
  readonly signedHeaders: string;
  readonly signature: string;
}

const algorithm = "AWS4-HMAC-SHA256";
const scopeEnd = "aws4_request";
const maxSkewMs = 15 * 60 * 1000;

/** Makes the server refuse requests that are not signed as AWS asks for: with a key whose secret is its own name. */
export function refuseUnsigned(app: FastifyInstance): FastifyInstance {
  app.addHook("preParsing", async (request, reply, payload) => {
    const body = await buffer(payload);
    const { method, url } = request;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(",")]),
    );
    const code = method === "POST" ? findFault({ method, url, headers, body }) : null;
    if (code === null) return Readable.from([body]);
    const isQuery = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
    const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`;
    const json = JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message: code });
    await reply
      .code(403)
      .headers({ "content-type": isQuery ? "text/xml" : "application/x-amz-json-1.0" })
      .headers({ "x-amzn-query-error": `${code};Sender` })
      .send(isQuery ? xml : json);
    return payload;
  });
  return app;
}

/** The headers of a request that the server makes of itself, with a good signature. */
export function signHeaders(request: SignedRequest): SignedRequest["headers"] {
  const [accessKey, region] = ["sandbox", "eu-west-2"];
  const at = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const headers = { ...request.headers, "x-amz-date": at };
  const scope = [at.slice(0, 8), region, "sqs", scopeEnd];
  const signedHeaders = Object.keys(headers).toSorted().join(";");
  const signature = sign({ ...request, headers }, { accessKey, scope, signedHeaders });
  const credential = `Credential=${[accessKey, ...scope].join("/")}`;
  const authorization = `${algorithm} ${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return { ...headers, authorization };
}

function findFault(request: SignedRequest): string | null {
  const credential = readCredential(request.headers["authorization"] ?? "");
  if (credential === null) return "MissingAuthenticationToken";
  const expected = Buffer.from(sign(request, credential));
  const given = Buffer.from(credential.signature);
  const isSame = expected.length === given.length && timingSafeEqual(expected, given);
  return isSame && isRecent(request.headers["x-amz-date"] ?? "") ? null : "SignatureDoesNotMatch";
}

function readCredential(authorization: string): Credential | null {
  const parts = new RegExp(
    `^${algorithm} Credential=([^/]+)/(\\d{8})/([^/]+)/(sqs|sns)/${scopeEnd}, ?SignedHeaders=([^,]+), ?Signature=([\\da-f]{64})$`,
  ).exec(authorization);
  if (parts === null) return null;
  const [, accessKey = "", day = "", region = "", service = "", signedHeaders = "", signature = ""] = parts;
  return { accessKey, scope: [day, region, service, scopeEnd], signedHeaders, signature };
}

function isRecent(date: string): boolean {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Math.abs(Date.now() - at) < maxSkewMs;
}

/** Signature Version 4. */
function sign(request: SignedRequest, { accessKey, scope, signedHeaders }: Omit<Credential, "signature">): string {
  const { method, url, headers, body } = request;
  const [path = "/", query = ""] = url.split("?");
  const lines = signedHeaders.split(";").map((name) => `${name}:${headers[name]?.trim() ?? ""}\n`);
  const canonical = [method, path, query, lines.join(""), signedHeaders, hash("sha256", body)].join("\n");
  const text = [algorithm, headers["x-amz-date"], scope.join("/"), hash("sha256", canonical)].join("\n");
  const key = scope.reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${accessKey}`);
  return hmac(key, text).toString("hex");
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
