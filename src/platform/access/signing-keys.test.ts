import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { errors } from "jose";
import { makePair, startIssuer, type Issuer, type KeysAnswer } from "../../../test/support/issuer.ts";
import { DependencyError } from "../process/dependency-error.ts";
import { checkSigningKeys, rememberKeys } from "./signing-keys.ts";

const second = 1_000;
const minute = 60 * second;

describe("signing keys", () => {
  let issuer: Issuer;
  let now: number;
  let keys: ReturnType<typeof rememberKeys>;
  beforeEach(async () => {
    issuer = await startIssuer();
    now = Date.UTC(2026, 3, 2);
    keys = rememberKeys(issuer.jwksUrl, () => now);
  });
  afterEach(() => issuer[Symbol.asyncDispose]());

  /** `found`, `none`, or what failed. */
  const look = async (kid = issuer.pair().kid) => {
    try {
      await keys({ alg: "RS256", kid }, { payload: "", signature: "" });
      return "found";
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return "none";
      return error instanceof DependencyError ? `${error.dependency}: ${error.errorClass}` : String(error);
    }
  };

  it("are fetched once for many who wait, and not again", async () => {
    assert.deepEqual(await Promise.all([look(), look(), look()]), ["found", "found", "found"]);
    now += 9 * minute;
    assert.equal(await look(), "found");
    assert.equal(issuer.fetches(), 1);
  });

  it("are fetched once more for a key that is new, when 30 s have gone by", async () => {
    await look();
    await issuer.rotate();
    now += 30 * second - 1;
    assert.deepEqual([await look(), issuer.fetches()], ["none", 1]);
    now += 1;
    assert.deepEqual([await look(), issuer.fetches()], ["found", 2]);
  });

  it("are fetched once in 30 s, however many unknown key ids come", async () => {
    await look();
    for (let elapsed = 0; elapsed < 90; elapsed += 1) {
      now += second;
      const found = await Promise.all(Array.from({ length: 10 }, (_, index) => look(`unknown-${elapsed}-${index}`)));
      assert.deepEqual(new Set(found), new Set(["none"]));
    }
    assert.equal(issuer.fetches(), 4);
    assert.equal(await look(), "found");
  });

  it("that are withdrawn are forgotten with the next fetch", async () => {
    const { kid } = issuer.pair();
    await look();
    await issuer.rotate();
    now += 30 * second;
    assert.deepEqual([await look(), await look(kid)], ["found", "none"]);
  });

  it("are fetched again after ten minutes while those that are known still serve", async () => {
    await look();
    now += 10 * minute;
    assert.equal(await look(), "found");
    // Who asks for an unknown key waits for the fetch that goes on.
    assert.deepEqual([await look("unknown"), issuer.fetches()], ["none", 2]);
  });

  it("serve for an hour while no one can be asked, and not longer", async () => {
    await look();
    issuer.failWith(503);
    for (const elapsed of [20 * minute, 20 * minute, 20 * minute - 1]) {
      now += elapsed;
      assert.equal(await look(), "found");
    }
    now += 1;
    assert.equal(await look(), "auth: HTTP 503");
  });

  it("that are not known cannot be looked for while no one can be asked", async () => {
    await look();
    issuer.failWith(500);
    now += minute;
    assert.deepEqual([await look("unknown"), await look()], ["auth: HTTP 500", "found"]);
  });

  it("are asked for each 2 s while that fails, and found as soon as it does not", async () => {
    issuer.failWith(500);
    for (let elapsed = 0; elapsed < 10; elapsed += 1) {
      assert.deepEqual(await Promise.all([look(), look("unknown")]), ["auth: HTTP 500", "auth: HTTP 500"]);
      now += second;
    }
    assert.equal(issuer.fetches(), 5);
    issuer.failWith(null);
    assert.equal(await look(), "found");
  });

  const elsewhere = "http://127.0.0.1:9/";
  const broken: readonly (readonly [name: string, answer: KeysAnswer, errorClass: string])[] = [
    ["a page", { headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" }, "SyntaxError"],
    ["a page of keys", { headers: { "content-type": "text/html" }, body: "<html>{}</html>" }, "SyntaxError"],
    ["nothing", { body: "" }, "SyntaxError"],
    ["half of the keys", { body: '{"keys":[{"kty":"RSA"' }, "SyntaxError"],
    ["no set of keys", { body: "[]" }, "ZodError"],
    ["an empty set", { body: '{"keys":[]}' }, "ZodError"],
    ["a set of nothing", { body: '{"keys":[null]}' }, "ZodError"],
    ["a set of no keys", { body: '{"keys":[{"kty":"RSA","n":"?","e":""},{"kty":"oct","k":"c2VjcmV0"}]}' }, "ZodError"],
    ["more than 256 KiB", { body: `{"keys":[{"kty":"RSA","x":"${"x".repeat(256 * 1024)}"}]}` }, "answer too large"],
    ["a redirect", { status: 302, headers: { location: elsewhere }, body: "" }, "TypeError"],
    ["a permanent redirect", { status: 308, headers: { location: elsewhere }, body: "" }, "TypeError"],
    ["not found", { status: 404, body: '{"keys":[]}' }, "HTTP 404"],
    ["created", { status: 201, body: '{"keys":[]}' }, "HTTP 201"],
  ];
  for (const [name, answer, errorClass] of broken) {
    it(`are not taken from ${name}; those that are known go on`, async () => {
      issuer.answerWith(answer);
      assert.equal(await look(), `auth: ${errorClass}`);
      issuer.answerWith(null);
      now += 2 * second;
      assert.equal(await look(), "found");
      issuer.answerWith(answer);
      now += minute;
      assert.deepEqual([await look(), await look("unknown")], ["found", `auth: ${errorClass}`]);
      await assert.rejects(checkSigningKeys(issuer.jwksUrl), { dependency: "auth", errorClass });
    });
  }

  const bystanders: Readonly<Record<string, unknown>> = {
    null: null,
    "a text": "key",
    "an object without a type": {},
    "a key of another type": { kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "other" },
    "a key without a modulus": { kty: "RSA", e: "AQAB", kid: "other" },
    "a key whose modulus is no number": { kty: "RSA", n: 5, e: "AQAB", kid: "other" },
  };
  for (const [name, bystander] of Object.entries(bystanders)) {
    it(`serve beside what is no key: ${name}`, async () => {
      const { jwk } = issuer.pair();
      issuer.answerWith({ body: JSON.stringify({ keys: [bystander, jwk, bystander] }) });
      assert.deepEqual([await look(), await look("other")], ["found", "none"]);
      await checkSigningKeys(issuer.jwksUrl);
    });
  }

  it("of 1024 bits are not found, no matter what stands beside them, and do not make HMPPS Auth well", async () => {
    const weak = await makePair("weak", 1_024);
    issuer.answerWith({ body: JSON.stringify({ keys: [weak.jwk, issuer.pair().jwk] }) });
    assert.deepEqual([await look("weak"), await look()], ["none", "found"]);
    issuer.answerWith({ body: JSON.stringify({ keys: [weak.jwk] }) });
    now += minute;
    assert.equal(await look("weak"), "none");
    await assert.rejects(checkSigningKeys(issuer.jwksUrl), { dependency: "auth", errorClass: "no usable key" });
  });

  it("cannot be looked for when no one listens", async () => {
    keys = rememberKeys(elsewhere, () => now);
    assert.match(await look(), /^auth: /);
  });
});
