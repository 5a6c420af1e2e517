import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, beforeEach, describe, it } from "node:test";
import { caseDetailRole, makePair, signToken, type KeyPair } from "../../../test/support/issuer.ts";
import { DependencyError } from "../process/dependency-error.ts";
import { createTokenVerifier, readBearerToken, type TokenVerifier } from "./token-verifier.ts";

const issuer = "https://sign-in.example.com/auth/issuer";
const minute = 60_000;

describe("a verified token", () => {
  let pair: KeyPair;
  let now: number;
  let looks: number;
  let failure: Error | null;
  let verifier: TokenVerifier;
  before(async () => {
    pair = await makePair("key-1");
  });
  beforeEach(() => {
    now = Date.UTC(2026, 3, 2);
    looks = 0;
    failure = null;
    const keys = () => {
      looks += 1;
      return failure === null ? Promise.resolve(pair.publicKey) : Promise.reject(failure);
    };
    const rules = { issuer, audience: undefined };
    verifier = createTokenVerifier({ rules, keys, clock: () => now, uptime: () => now, maxRemembered: 3 });
  });

  const sign = (claims: Readonly<Record<string, unknown>> = {}) =>
    signToken(pair, {
      header: {},
      claims: {
        iss: issuer,
        exp: (now + 20 * minute) / 1000,
        client_id: "mpc",
        authorities: [caseDetailRole],
        ...claims,
      },
    });

  it("reports the client and what it may do", async () => {
    const mpc = { client: "mpc", actor: "mpc", authorities: new Set([caseDetailRole]) };
    assert.deepEqual(await verifier.verify(sign()), mpc);
    const others = sign({ client_id: undefined, sub: "somebody", authorities: undefined });
    const nobody = { client: "somebody", actor: "somebody", authorities: new Set() };
    assert.deepEqual(await verifier.verify(others), nobody);
  });

  it("reports the person behind it", async () => {
    const signedIn = await verifier.verify(sign({ sub: "subject", user_name: "A_PERSON" }));
    const serviceItself = await verifier.verify(sign({ sub: "subject" }));
    assert.deepEqual([signedIn?.actor, serviceItself?.actor], ["A_PERSON", "subject"]);
  });

  it("is no good when the names in it cannot be stored", async () => {
    const odd = [
      { user_name: "A\0B" },
      { user_name: "\ud800" },
      { sub: "\udc00x", client_id: "mpc" },
      { client_id: "\0" },
    ];
    for (const claims of odd) assert.equal(await verifier.verify(sign(claims)), null, JSON.stringify(claims));
    assert.equal((await verifier.verify(sign({ user_name: "\u{1f600}" })))?.actor, "\u{1f600}");
  });

  it("may be made by a clock that is up to a minute ahead of ours, and used by one that is as far behind", async () => {
    const seconds = now / 1000;
    const ahead = { iat: seconds + 2, nbf: seconds + 2, exp: seconds + 1202 };
    assert.equal((await verifier.verify(sign(ahead)))?.client, "mpc");
    assert.equal((await verifier.verify(sign({ nbf: seconds + 60 })))?.client, "mpc");
    assert.equal((await verifier.verify(sign({ exp: seconds - 59 })))?.client, "mpc");
    assert.equal(await verifier.verify(sign({ nbf: seconds + 61 })), null);
    assert.equal(await verifier.verify(sign({ nbf: seconds + 600 })), null);
    assert.equal(await verifier.verify(sign({ exp: seconds - 60 })), null);
  });

  it("is known until it has expired for a minute and not a moment longer", async () => {
    const token = sign();
    const caller = await verifier.verify(token);
    now += 21 * minute - 1;
    assert.deepEqual([await verifier.verify(token), looks], [caller, 1]);
    now += 1;
    assert.deepEqual([await verifier.verify(token), looks], [null, 2]);
  });

  it("that lasts for long is looked at again after an hour", async () => {
    const token = sign({ exp: (now + 1_000 * minute) / 1000 });
    const caller = await verifier.verify(token);
    now += 60 * minute - 1;
    assert.deepEqual([await verifier.verify(token), looks], [caller, 1]);
    now += 1;
    assert.deepEqual([await verifier.verify(token), looks], [caller, 2]);
    now += 60 * minute;
    failure = new DependencyError("auth", "HTTP 503");
    await assert.rejects(verifier.verify(token), failure);
  });

  it("is known while its key cannot be looked for; another is not let in", async () => {
    const token = sign();
    const caller = await verifier.verify(token);
    failure = new DependencyError("auth", "ECONNREFUSED");
    assert.deepEqual(await verifier.verify(token), caller);
    await assert.rejects(verifier.verify(sign({ sub: "another" })), failure);
  });

  it("is known only as it was, to the last letter", async () => {
    const token = sign();
    await verifier.verify(token);
    // The last letter of this signature carries bits that mean nothing: the same bytes, another text.
    const [last = ""] = token.slice(-1);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twin = token.slice(0, -1) + alphabet.charAt((alphabet.indexOf(last) + 16) % 64);
    await verifier.verify(twin);
    assert.equal(looks, 2);
  });

  it("does not make a refused one known", async () => {
    const token = sign({ iss: "https://another.example.com" });
    assert.deepEqual([await verifier.verify(token), await verifier.verify(token), looks], [null, null, 2]);
  });

  it("is one of so many that are remembered; the oldest is looked at again", async () => {
    const tokens = ["one", "two", "three", "four"].map((jti) => sign({ jti }));
    const [first = "", second = ""] = tokens;
    for (const token of tokens) await verifier.verify(token);
    await verifier.verify(second);
    assert.equal(looks, 4);
    await verifier.verify(first);
    assert.equal(looks, 5);
  });

  it("cannot be checked with a key that is none, and is not let in", async () => {
    failure = new TypeError("modulus");
    await assert.rejects(verifier.verify(sign()), {
      name: "DependencyError",
      dependency: "auth",
      errorClass: "TypeError",
    });
  });

  it("is never as long as 8 KiB", async () => {
    const long = sign({ padding: createHash("sha512").update("x").digest("hex").repeat(50) });
    assert.ok(long.length > 8_192);
    assert.deepEqual([await verifier.verify(long), looks], [null, 0]);
  });
});

describe("a bearer token", () => {
  const cases: readonly (readonly [headers: readonly string[], token: string | null])[] = [
    [["Bearer a.b.c"], "a.b.c"],
    [["bearer a.b-_c.d+/~="], "a.b-_c.d+/~="],
    [["BEARER    a.b.c"], "a.b.c"],
    [[], null],
    [[""], null],
    [["Bearer"], null],
    [["Bearer "], null],
    [["Bearera.b.c"], null],
    [["a.b.c"], null],
    [["Basic a.b.c"], null],
    [["Bearer a.b.c d"], null],
    [["Bearer a.b.c,Bearer a.b.c"], null],
    [["Bearer a..c"], null],
    [["Bearer .b.c"], null],
    [["Bearer a.b."], null],
    [["Bearer a.b.c\n"], null],
    [["Bearer é.b.c"], null],
    [["Bearer a.b.c", "Bearer a.b.c"], null],
    [["", "Bearer a.b.c"], null],
  ];
  for (const [headers, token] of cases) {
    it(`in ${JSON.stringify(headers)} is ${token}`, () => assert.equal(readBearerToken(headers), token));
  }

  it("is looked for in no more time when the header is long", () => {
    assert.equal(readBearerToken([`Bearer ${"a.".repeat(100_000)}`]), null);
    assert.equal(readBearerToken([`Bearer ${"=".repeat(100_000)}`]), null);
  });
});
