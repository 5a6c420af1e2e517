import assert from "node:assert/strict";
import type { IncomingMessage, RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { startHmppsAuth } from "../../sandbox/auth-server.ts";
import { createTokenSource, type TokenSource } from "../../src/sync/manage-pom-cases/mpc-api.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { startOtherServer, type OtherServer } from "../support/other-server.ts";

const specialSecret = "p:a&s%s=+ w/ö\"rd\\'?#";

interface Asked {
  readonly method: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

interface Client {
  readonly id: string;
  readonly secret: string;
}

function readPair(authorization: string | undefined): readonly [id: string, secret: string] {
  const pair = Buffer.from(authorization?.replace(/^Basic /, "") ?? "", "base64").toString();
  const at = pair.indexOf(":");
  return [pair.slice(0, at), pair.slice(at + 1)];
}

const decode = (part: string) => new URLSearchParams(`part=${part.replaceAll("&", "%26")}`).get("part");

/** HMPPS Auth never decodes the id, and a secret only where it is not right as it stands. */
function isLetInByHmppsAuth(authorization: string | undefined, client: Client): boolean {
  const [id, sent] = readPair(authorization);
  return id === client.id && (sent === client.secret || decode(sent) === client.secret);
}

/** As RFC 6749 2.3.1 has it. */
function isLetInByDecodingServer(authorization: string | undefined, client: Client): boolean {
  const [id, sent] = readPair(authorization);
  return decode(id) === client.id && decode(sent) === client.secret;
}

/** HMPPS Auth as the test says; it keeps what it was asked. */
function controlledAuth() {
  const asked: Asked[] = [];
  const settings: { life: number | undefined; failure: RequestListener | null } = { life: 3600, failure: null };
  const read = async (request: IncomingMessage) => {
    const { method, headers } = request;
    asked.push({ method, authorization: headers.authorization, body: await text(request) });
    return asked.length;
  };
  const listener: RequestListener = (request, response) => {
    void read(request).then((count) => {
      if (settings.failure !== null) return settings.failure(request, response);
      const token = { access_token: `token-${count}`, token_type: "bearer", expires_in: settings.life };
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(token));
    });
  };
  return { asked, settings, listener };
}

/** Answers without an end. */
const pour: RequestListener = (_request, response) => {
  const more = () => {
    while (!response.destroyed && response.write("x".repeat(64 * 1024)));
  };
  response.writeHead(200, { "content-type": "application/json" }).on("drain", more);
  more();
};

describe("the source of tokens", () => {
  let auth: ReturnType<typeof controlledAuth>;
  let server: OtherServer;
  let tokens: TokenSource;
  let now: number;

  beforeEach(async () => {
    auth = controlledAuth();
    server = await startOtherServer(auth.listener);
    now = 1_000_000;
    tokens = createSource(`${server.origin}/oauth/token`);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const createSource = (tokenUrl: string, client: Client = { id: "our client", secret: specialSecret }) =>
    createTokenSource({ tokenUrl, clientId: client.id, clientSecret: secret(client.secret) }, () => now);

  it("asks by client credentials, and shows the secret nowhere but in its credentials", async () => {
    assert.equal(await tokens.getToken(), "token-1");
    const [request] = auth.asked;
    assert.equal(request?.method, "POST");
    assert.equal(new URLSearchParams(request.body).get("grant_type"), "client_credentials");
    assert.match(request.authorization ?? "", /^Basic /);
    assert.ok(!request.body.includes("secret"));
  });

  it("is let in by HMPPS Auth under an id with hyphens and with a secret of any characters", async () => {
    const known = { id: "manage-pom-cases-and-delius", secret: "zK*AW.,7Qu&hG(jp:L!&3+kP" };
    await using real = await startHmppsAuth({ clients: [{ ...known, authorities: [] }] });
    assert.match(await createSource(real.tokenUrl, known).getToken(), /^ey[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it("is let in by servers that decode what is sent and by those that compare it first", async () => {
    const unreserved = fc.stringMatching(/^[A-Za-z0-9._~-]{1,40}$/);
    const id = fc.oneof(unreserved, fc.stringMatching(/^[^\p{C}:%+]{1,40}$/u));
    const known = fc.oneof(unreserved, fc.stringMatching(/^\P{C}{1,40}$/u));
    await fc.assert(
      fc.asyncProperty(fc.record({ id, secret: known }), async (client) => {
        await createSource(`${server.origin}/oauth/token`, client).getToken();
        const sent = auth.asked.at(-1)?.authorization;
        assert.ok(isLetInByHmppsAuth(sent, client), "HMPPS Auth");
        assert.ok(isLetInByDecodingServer(sent, client), "a server that decodes");
      }),
      { numRuns: 200 },
    );
  });

  it("asks once for all who wait", async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.getToken()));
    assert.deepEqual(new Set(all), new Set(["token-1"]));
    assert.equal(auth.asked.length, 1);
  });

  it("keeps a token until a minute before it expires", async () => {
    await tokens.getToken();
    now += (3600 - 60) * 1000 - 1;
    assert.equal(await tokens.getToken(), "token-1");
    now += 1;
    assert.equal(await tokens.getToken(), "token-2");
  });

  for (const life of [undefined, 0, 30, 64]) {
    it(`keeps one that lives ${life ?? "no known number of"} seconds for five`, async () => {
      auth.settings.life = life;
      await tokens.getToken();
      now += 4999;
      assert.equal(await tokens.getToken(), "token-1");
      now += 1;
      assert.equal(await tokens.getToken(), "token-2");
    });
  }

  it("fetches a fresh one after a refusal, once for all whom the old one was refused", async () => {
    const old = await tokens.getToken();
    const again = () => {
      tokens.dropToken(old);
      return tokens.getToken();
    };
    assert.deepEqual(new Set(await Promise.all([again(), again(), again()])), new Set(["token-2"]));
    assert.equal(await again(), "token-2");
    assert.equal(auth.asked.length, 2);
  });

  describe("says that HMPPS Auth failed, and asks again the next time,", () => {
    const page =
      (status: number): RequestListener =>
      (_request, response) =>
        response.writeHead(status, { "content-type": "text/html" }).end("<html>Sign in</html>");
    const json =
      (status: number, body: object): RequestListener =>
      (_request, response) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const failures: readonly (readonly [name: string, failure: RequestListener])[] = [
      ["after a page with status 200", page(200)],
      ["after a page with status 503", page(503)],
      ["after status 500", json(500, { error: "server_error" })],
      ["after a refusal of the client", json(401, { error: "invalid_client" })],
      ["after an answer without a token", json(200, { token_type: "bearer" })],
      ["after a token with a line end", json(200, { access_token: "token\r\nx-admin: true", token_type: "bearer" })],
      ["after a token that is not ASCII", json(200, { access_token: "tokén", token_type: "bearer" })],
      ["after an empty token", json(200, { access_token: "", token_type: "bearer" })],
      ["after a redirect", (_request, response) => response.writeHead(302, { location: "/elsewhere" }).end()],
      ["after a cut connection", (request) => request.socket.destroy()],
      ["after an answer of more than 64 KiB", json(200, { access_token: "x".repeat(64 * 1024), token_type: "bearer" })],
      ["after an answer that does not end", pour],
    ];
    for (const [name, failure] of failures) {
      it(name, async () => {
        auth.settings.failure = failure;
        const both = await Promise.allSettled([tokens.getToken(), tokens.getToken()]);
        for (const ending of both) {
          assert.ok(ending.status === "rejected");
          const reason: unknown = ending.reason;
          assert.match(inspect(reason), /DependencyError: auth failed: \w/);
          const shown = inspect(reason, { depth: 9 });
          assert.ok(!shown.includes(specialSecret) && !shown.includes(auth.asked[0]?.authorization ?? ""));
        }
        assert.equal(auth.asked.length, 1);
        auth.settings.failure = null;
        assert.equal(await tokens.getToken(), "token-2");
      });
    }

    it("while no one listens", async () => {
      const gone = await startOtherServer();
      await gone[Symbol.asyncDispose]();
      const source = createSource(`${gone.origin}/oauth/token`);
      const errorClass = "ECONNREFUSED";
      await assert.rejects(source.getToken(), { name: "DependencyError", dependency: "auth", errorClass });
    });
  });

  it("goes on with the token that it has while HMPPS Auth is down", async () => {
    await tokens.getToken();
    auth.settings.failure = (request) => request.socket.destroy();
    assert.equal(await tokens.getToken(), "token-1");
  });
});
