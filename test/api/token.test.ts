import assert from "node:assert/strict";
import { sign as signBytes, type SignKeyObjectInput } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { startApi, type ApiResponse, type TestApi } from "../support/test-api.ts";
import {
  describeClaims,
  makePair,
  signToken,
  signTokenWithSecret,
  startIssuer,
  writeToken,
  type Issuer,
} from "../support/issuer.ts";
import { startOtherServer, type OtherServer } from "../support/other-server.ts";

const path = "/case-records/X100001";
const seconds = () => Math.floor(Date.now() / 1000);

interface Refused {
  readonly name: string;
  /** The value of the header; null sends none. */
  readonly header: (issuer: Issuer) => Promise<string | null> | string | null;
}

const bearer = (name: string, token: (issuer: Issuer) => Promise<string> | string): Refused => ({
  name,
  header: async (issuer) => `Bearer ${await token(issuer)}`,
});

const good = ({ issuer }: Issuer) => describeClaims(issuer);

/** A token with the right claims and the right key, signed by another algorithm than RS256. */
function signOtherwise(issuer: Issuer, alg: string, options: Omit<SignKeyObjectInput, "key"> = {}): string {
  const { kid, privateKey } = issuer.pair();
  const text = writeToken({ header: { alg, kid }, claims: good(issuer) });
  const digest = `sha${alg.slice(2)}`;
  return `${text}.${signBytes(digest, Buffer.from(text), { key: privateKey, ...options }).toString("base64url")}`;
}

function publicText({ publicKey }: ReturnType<Issuer["pair"]>): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

const withoutToken: readonly Refused[] = [
  { name: "no header", header: () => null },
  { name: "an empty header", header: () => "" },
  { name: "the word alone", header: () => "Bearer" },
  { name: "another scheme", header: async (issuer) => `Basic ${await issuer.sign()}` },
  { name: "no scheme", header: async (issuer) => issuer.sign() },
  {
    name: "two tokens in one header",
    header: async (issuer) => `Bearer ${await issuer.sign()} ${await issuer.sign()}`,
  },
  {
    name: "two headers joined by a proxy",
    header: async (issuer) => `Bearer ${await issuer.sign()}, Bearer ${await issuer.sign()}`,
  },
];

const unsigned: readonly Refused[] = [
  ...["none", "None", "NONE", "nOnE"].flatMap((alg) => [
    bearer(`alg ${alg} without a signature`, (issuer) => `${writeToken({ header: { alg }, claims: good(issuer) })}.`),
    bearer(`alg ${alg} with the key's own signature`, (issuer) => issuer.sign({}, { alg })),
  ]),
  bearer("no alg at all", (issuer) => issuer.sign({}, { alg: undefined })),
  bearer("the signature cut off", async (issuer) => (await issuer.sign()).replace(/\.[^.]*$/, "")),
  bearer("an empty signature", async (issuer) => (await issuer.sign()).replace(/\.[^.]*$/, ".")),
  bearer("a changed signature", async (issuer) =>
    (await issuer.sign()).replace(/\.(.)([^.]*)$/, (_, first, rest) => `.${first === "A" ? "B" : "A"}${rest}`),
  ),
  bearer("changed claims", async (issuer) => {
    const [header, , signature] = (await issuer.sign()).split(".");
    const claims = Buffer.from(JSON.stringify({ ...good(issuer), sub: "somebody-else" })).toString("base64url");
    return [header, claims, signature].join(".");
  }),
  bearer("another's key under the right id", async (issuer) =>
    signToken(await makePair(issuer.pair().kid), { header: {}, claims: good(issuer) }),
  ),
];

const confused: readonly Refused[] = [
  bearer("HS256 with the public key's text as the secret", (issuer) => {
    const pair = issuer.pair();
    return signTokenWithSecret(publicText(pair), { header: { kid: pair.kid }, claims: good(issuer) });
  }),
  bearer("HS256 with the published key's modulus as the secret", (issuer) => {
    const pair = issuer.pair();
    return signTokenWithSecret(String(pair.jwk.n), { header: { kid: pair.kid }, claims: good(issuer) });
  }),
  bearer("HS256 with the public key, called RS256", (issuer) => {
    const pair = issuer.pair();
    const header = { alg: "RS256", kid: pair.kid };
    return signTokenWithSecret(publicText(pair), { header, claims: good(issuer) });
  }),
  bearer("RS384 with the right key", (issuer) => signOtherwise(issuer, "RS384")),
  bearer("RS512 with the right key", (issuer) => signOtherwise(issuer, "RS512")),
  bearer("PS256 with the right key", (issuer) => signOtherwise(issuer, "PS256", { padding: 6, saltLength: 32 })),
  bearer("an extension that must be understood", (issuer) => issuer.sign({}, { crit: ["exotic"], exotic: true })),
  bearer("an unencoded payload", (issuer) => issuer.sign({}, { crit: ["b64"], b64: false })),
];

const wrongIssuers: readonly (readonly [string, (issuer: string) => unknown])[] = [
  ["missing", () => undefined],
  ["null", () => null],
  ["empty", () => ""],
  ["another", () => "https://sign-in.example.com/auth/issuer"],
  ["with a slash more", (issuer) => `${issuer}/`],
  ["with a letter less", (issuer) => issuer.slice(0, -1)],
  ["with a letter more", (issuer) => `${issuer}s`],
  ["in capitals", (issuer) => issuer.toUpperCase()],
  ["with a query", (issuer) => `${issuer}?a`],
  ["with a fragment", (issuer) => `${issuer}#`],
  ["with a space", (issuer) => ` ${issuer}`],
  ["over https", (issuer) => issuer.replace("http:", "https:")],
  ["in a list", (issuer) => [issuer]],
];

const badClaims: readonly Refused[] = [
  ...wrongIssuers.map(([name, iss]) =>
    bearer(`an issuer ${name}`, (issuer) => issuer.sign({ iss: iss(issuer.issuer) })),
  ),
  bearer("expired more than a minute ago", (issuer) => issuer.sign({ exp: seconds() - 60 })),
  bearer("expired for an hour", (issuer) => issuer.sign({ exp: seconds() - 3_600 })),
  bearer("valid in more than a minute only", (issuer) => issuer.sign({ nbf: seconds() + 90 })),
  bearer("valid in ten minutes only", (issuer) => issuer.sign({ nbf: seconds() + 600 })),
  bearer("no expiry", (issuer) => issuer.sign({ exp: undefined })),
  ...["9999999999", null, true, [seconds() + 60]].map((exp) =>
    bearer(`the expiry ${JSON.stringify(exp)}`, (issuer) => issuer.sign({ exp })),
  ),
  ...[null, "text", 5, ["a"]].map((claims) =>
    bearer(`claims that are ${JSON.stringify(claims)}`, (issuer) => signToken(issuer.pair(), { header: {}, claims })),
  ),
];

const garbage: readonly Refused[] = [
  ...[
    "x",
    "..",
    "a.b",
    "a.b.c",
    "a.b.c.d.e",
    "e30.e30.e30",
    `${"A".repeat(100)}.${"B".repeat(100)}.`,
    "null",
    "{}",
  ].map((text) => bearer(`the text ${text.slice(0, 20)}`, () => text)),
  bearer("a token with a part more", async (issuer) => `${await issuer.sign()}.e30`),
  bearer("more than 8 KiB that is otherwise right", (issuer) => issuer.sign({ padding: "a".repeat(6_000) })),
  bearer("more than 8 KiB of noise", () => "a".repeat(8_193)),
  ...[5, {}, ["key-1"], null, "", "../key-1", "__proto__"].map((kid) =>
    bearer(`the key id ${JSON.stringify(kid)}`, (issuer) => issuer.sign({}, { kid })),
  ),
];

const suites: Readonly<Record<string, readonly Refused[]>> = {
  "without a token": withoutToken,
  "unsigned, or signed by another": unsigned,
  "by another algorithm": confused,
  "with wrong claims": badClaims,
  "that is garbage": garbage,
};

/** What is not let in gets the one body, no data and no more. */
function assertRefused({ status, headers, body, text }: ApiResponse): void {
  assert.deepEqual(
    { status, body, challenge: headers.get("www-authenticate") },
    {
      status: 401,
      body: {
        status: 401,
        message: "A valid token is needed",
        userMessage: "A valid token is needed",
        developerMessage: "Send a bearer token of HMPPS Auth that has not expired",
      },
      challenge: "Bearer",
    },
    text,
  );
}

describe("a request", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api[Symbol.asyncDispose]());

  const ask = (authorization: string | null) =>
    api.get(path, { headers: authorization === null ? {} : { authorization } });

  for (const [kind, cases] of Object.entries(suites)) {
    describe(kind, () => {
      for (const { name, header } of cases) {
        test(`is refused: ${name}`, async () => assertRefused(await ask(await header(api.issuer))));
      }
    });
  }

  test("is refused with the token in the address", async () => {
    const token = await api.issuer.sign();
    for (const name of ["access_token", "token", "authorization", "jwt"]) {
      assertRefused(await api.get(`${path}?${name}=${token}`, { headers: {} }));
    }
  });

  test("is refused with the token in a form or a cookie", async () => {
    const token = await api.issuer.sign();
    assertRefused(await api.get(path, { headers: { cookie: `access_token=${token}; Authorization=${token}` } }));
    assertRefused(await api.get(path, { headers: { "x-authorization": `Bearer ${token}` } }));
  });

  test("is let in with the scheme in any letter case and spaces before the token", async () => {
    const token = await api.issuer.sign();
    for (const scheme of ["Bearer ", "bearer ", "BEARER ", "bEaReR   "]) {
      assert.equal((await ask(scheme + token)).status, 200, scheme);
    }
  });

  test("is let in while our clock is two seconds behind that of HMPPS Auth", async () => {
    const iat = seconds() + 2;
    const token = await api.issuer.sign({ iat, nbf: iat, exp: iat + 1_200 });
    assert.equal((await ask(`Bearer ${token}`)).status, 200);
  });

  test("is let in with claims that we do not know, odd ones that we do, and no client", async () => {
    const odd = [
      { exotic: { deep: [1] } },
      { client_id: undefined },
      { sub: undefined, client_id: undefined },
      { client_id: 5 },
      { sub: [], client_id: {} },
      { client_id: null, user_name: 7 },
    ];
    for (const claims of odd) {
      assert.equal((await ask(`Bearer ${await api.issuer.sign(claims)}`)).status, 200, JSON.stringify(claims));
    }
  });

  const withoutRole: readonly (readonly [string, unknown])[] = [
    ["missing", undefined],
    ["null", null],
    ["empty", []],
    ["a text", "ROLE_MANAGE_POM_CASES"],
    ["an object", { ROLE_MANAGE_POM_CASES: true }],
    ["nested lists", [["ROLE_MANAGE_POM_CASES"]]],
    ["objects", [{ authority: "ROLE_MANAGE_POM_CASES" }]],
    ["partly no texts", ["ROLE_MANAGE_POM_CASES", 5]],
    ["in small letters", ["role_manage_pom_cases"]],
    ["without the prefix", ["MANAGE_POM_CASES"]],
    ["joined by a comma", ["ROLE_OTHER,ROLE_MANAGE_POM_CASES"]],
    ["with a space", [" ROLE_MANAGE_POM_CASES"]],
    ["others", ["ROLE_QUEUE_ADMIN", "ROLE_MPC_DELIUS_OPERATE"]],
  ];
  for (const [name, authorities] of withoutRole) {
    test(`is forbidden when the authorities are ${name}`, async () => {
      const token = await api.issuer.sign({ authorities });
      const { status, body } = await ask(`Bearer ${token}`);
      const message = "You do not have permission to do this";
      assert.deepEqual(
        { status, body },
        { status: 403, body: { status: 403, message, userMessage: message, developerMessage: message } },
      );
    });
  }

  test("is forbidden when the role stands in a scope", async () => {
    const claims = { authorities: undefined, scope: ["ROLE_MANAGE_POM_CASES"], roles: ["ROLE_MANAGE_POM_CASES"] };
    assert.equal((await ask(`Bearer ${await api.issuer.sign(claims)}`)).status, 403);
  });
});

describe("a token that brings its own key", () => {
  let api: TestApi;
  let attacker: Issuer;
  let elsewhere: OtherServer;
  before(async () => {
    api = await startApi();
    attacker = await startIssuer();
    elsewhere = await startOtherServer();
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await attacker[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  });

  const headers = (): readonly Readonly<Record<string, unknown>>[] => [
    { jku: attacker.jwksUrl },
    { jku: `${elsewhere.origin}/keys` },
    { x5u: `${elsewhere.origin}/certificate` },
    { jwk: attacker.pair().jwk },
    { x5c: [attacker.pair().publicKey.export({ type: "spki", format: "der" }).toString("base64")] },
    { jwk: attacker.pair().jwk, jku: attacker.jwksUrl, x5u: elsewhere.origin },
  ];

  test("is refused, and no one is asked", async () => {
    for (const header of headers()) {
      for (const kid of [api.issuer.pair().kid, "key-of-mine", undefined]) {
        const token = signToken(attacker.pair(), {
          header: { ...header, kid },
          claims: describeClaims(api.issuer.issuer),
        });
        assertRefused(await api.get(path, { headers: { authorization: `Bearer ${token}` } }));
      }
    }
    assert.deepEqual([attacker.fetches(), elsewhere.requests], [0, []]);
  });

  test("is refused even when the right key signed it", async () => {
    for (const header of headers()) {
      assertRefused(await api.get(path, { headers: { authorization: `Bearer ${await api.issuer.sign({}, header)}` } }));
    }
    assert.deepEqual([attacker.fetches(), elsewhere.requests], [0, []]);
  });
});

describe("a token's audience", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({ environment: { AUTH_AUDIENCE: "manage-pom-cases-and-delius" } });
  });
  after(() => api[Symbol.asyncDispose]());

  const cases: readonly (readonly [status: number, name: string, aud: unknown])[] = [
    [200, "ours", "manage-pom-cases-and-delius"],
    [200, "ours among others", ["another", "manage-pom-cases-and-delius"]],
    [401, "another's", "another"],
    [401, "missing", undefined],
    [401, "empty", []],
    [401, "almost ours", "manage-pom-cases-and-delius-dev"],
    [401, "an object", { "manage-pom-cases-and-delius": true }],
  ];
  for (const [status, name, aud] of cases) {
    test(`is ${name}: ${status}`, async () => {
      const { issuer } = api;
      const token = await issuer.sign({ aud });
      assert.equal((await api.get(path, { headers: { authorization: `Bearer ${token}` } })).status, status);
    });
  }
});
