import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { startApi, type TestApi } from "../support/test-api.ts";
import { describeClaims, makePair, signToken } from "../support/issuer.ts";
import { assertRefusal } from "../support/refusal.ts";

const path = "/case-records/X100001";
const minute = 60_000;

describe("the API, as the keys of HMPPS Auth change,", () => {
  let api: TestApi;
  let elapsed: number;
  beforeEach(async () => {
    elapsed = 0;
    api = await startApi({ clock: () => Date.now() + elapsed });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const sign = (claims: Readonly<Record<string, unknown>> = {}) => {
    const exp = Math.floor((Date.now() + elapsed) / 1000) + 600;
    return api.issuer.sign({ exp, ...claims });
  };
  const ask = (token: string) => api.get(path, { headers: { authorization: `Bearer ${token}` } });
  const statusOf = async (token: string) => (await ask(token)).status;

  test("fetches them once, and once more for a new one, which is let in", async () => {
    const old = await sign();
    assert.deepEqual([await statusOf(old), api.issuer.fetches()], [200, 1]);
    await api.issuer.rotate();
    elapsed += minute;
    const tokens = await Promise.all(["one", "two", "three"].map((jti) => sign({ jti })));
    assert.deepEqual(await Promise.all(tokens.map(statusOf)), [200, 200, 200]);
    assert.equal(api.issuer.fetches(), 2);
    assert.equal(await statusOf(old), 200, "a token that was verified is known until it expires");
  });

  test("fetches them once in 30 s, however many unknown keys callers name", async () => {
    assert.equal(await statusOf(await sign()), 200);
    const stranger = await makePair("strange");
    const flood = (round: number) =>
      Array.from({ length: 25 }, (_, index) =>
        signToken({ ...stranger, kid: `unknown-${round}-${index}` }, { header: {}, claims: { exp: 9_999_999_999 } }),
      );
    for (const round of [1, 2]) {
      elapsed += 30_000;
      assert.deepEqual(new Set(await Promise.all(flood(round).map(statusOf))), new Set([401]));
      assert.equal(api.issuer.fetches(), 1 + round);
    }
    assert.equal(await statusOf(await sign({ jti: "good" })), 200);
  });

  test("goes on with the keys that it has while none can be fetched, for an hour", async () => {
    const known = await sign({ exp: 9_999_999_999 });
    assert.equal(await statusOf(known), 200);
    api.issuer.failWith(503);
    elapsed += 59 * minute;
    assert.deepEqual([await statusOf(await sign({ jti: "another" })), await statusOf(known)], [200, 200]);
    elapsed += minute;
    for (const token of [await sign({ jti: "late" }), known]) {
      const answer = await ask(token);
      assertRefusal(answer, 503);
      assert.equal(answer.headers.get("retry-after"), "5");
    }
    api.issuer.failWith(null);
    elapsed += 2_000;
    assert.equal(await statusOf(await sign({ jti: "well" })), 200);
  });

  const broken = {
    "it fails": { status: 500, body: "{}" },
    "a page comes": { headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" },
    "it sends elsewhere": { status: 302, headers: { location: "/elsewhere" }, body: "" },
    "no end comes": { body: `{"keys":[{"kty":"RSA","x":"${"x".repeat(1024 * 1024)}"}]}` },
    "no key comes": { body: '{"keys":[]}' },
  };
  for (const [name, answer] of Object.entries(broken)) {
    test(`lets no one in when it has none and ${name}`, async () => {
      api.issuer.answerWith(answer);
      const refused = await ask(await sign());
      const { developerMessage } = assertRefusal(refused, 503);
      assert.equal(refused.headers.get("retry-after"), "5");
      const correlationId = refused.headers.get("x-correlation-id");
      assert.match(developerMessage, new RegExp(`correlation id ${correlationId}$`));
      assert.match(api.lines.join("\n"), new RegExp(`"correlationId":"${correlationId}".*"dependency":"auth"`));
      api.issuer.answerWith(null);
      elapsed += 2_000;
      assert.equal(await statusOf(await sign({ jti: "well" })), 200);
    });
  }

  test("refuses a token that a key of 1024 bits signed, and others go on", async () => {
    const weak = await makePair("weak", 1_024);
    const good = api.issuer.pair();
    const { issuer } = api.issuer;
    const forged = signToken(weak, { header: {}, claims: describeClaims(issuer) });
    for (const keys of [[weak.jwk, null, good.jwk], [weak.jwk]]) {
      api.issuer.answerWith({ body: JSON.stringify({ keys }) });
      await api.restart();
      assertRefusal(await ask(forged), 401);
      assert.equal(await statusOf(await sign()), keys.includes(good.jwk) ? 200 : 401);
    }
  });

  test("knows a verified token until it expires and not beyond", async () => {
    const token = await sign({ exp: Math.floor(Date.now() / 1000) + 300 });
    assert.equal(await statusOf(token), 200);
    api.issuer.failWith(500);
    elapsed += 4 * minute;
    assert.equal(await statusOf(token), 200);
    elapsed += 2 * minute;
    assertRefusal(await ask(token), 401);
  });
});
