import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseSetCookie } from "cookie";
import { createSealedCookies } from "../../src/console/session/sealed-cookie.ts";
import { beginSession, sessionLimits } from "../../src/console/session/session.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { startApi, type TestApi } from "../support/test-api.ts";

const sessionSecret = "a secret that seals what browsers keep";
const page = "/console/waiting";
const minute = 60_000;
const caller = { client: "console", actor: "A_VIEWER", authorities: new Set(["ROLE_MPC_DELIUS_VIEW"]) };

describe("a session of the console over https", () => {
  let api: TestApi;
  let now = Date.now();
  before(async () => {
    api = await startApi({
      clock: () => now,
      environment: {
        CONSOLE_URL: "https://console.example",
        CONSOLE_CLIENT_ID: "a-console",
        CONSOLE_CLIENT_SECRET: "a-secret",
        AUTH_AUTHORIZE_URL: "https://sign-in.example/auth/oauth/authorize",
        SESSION_SECRET: sessionSecret,
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  const begin = async (isSecure = true) => {
    const cookies = createSealedCookies(secret(sessionSecret), isSecure);
    const [cookie = ""] = (await cookies.seal("session", beginSession("one", caller, now))).split(";", 1);
    return cookie;
  };
  /** The page for this cookie, with the cookie that a browser holds afterwards. */
  const open = async (cookie: string) => {
    const { status, headers } = await api.get(page, { headers: { cookie } });
    const [renewed] = headers.getSetCookie();
    return { status, renewed, location: headers.get("location"), cookie: renewed?.split(";", 1)[0] ?? cookie };
  };
  const signIn = `/console/sign-in?returnPath=${encodeURIComponent(page)}`;

  it("keeps its cookies to this host, to https and from scripts", async () => {
    const attempt = (await api.get(signIn, { headers: {} })).headers.getSetCookie();
    const cookie = await begin();
    now += sessionLimits.renewMs;
    const { renewed = "" } = await open(cookie);
    const kept = [...attempt, renewed].map((text) => parseSetCookie(text));
    const shared = { path: "/", httpOnly: true, secure: true, sameSite: "lax" };
    assert.deepEqual(
      kept.map((one) => ({ ...one, name: one.name.replace(/sign-in-.*/, "sign-in"), value: "" })),
      [
        { name: "__Host-console-sign-in", value: "", ...shared, maxAge: 600 },
        { name: "__Host-console-session", value: "", ...shared },
      ],
    );
  });

  it("is not found in a cookie that another host of the domain could have set", async () => {
    const { status, location } = await open(await begin(false));
    assert.deepEqual([status, location], [303, signIn]);
  });

  it("ends when no page was opened for half an hour", async () => {
    const { cookie, status } = await open(await begin());
    now += sessionLimits.idleMs;
    const late = await open(cookie);
    assert.deepEqual([status, late.status, late.location], [200, 303, signIn]);
  });

  it("ends after eight hours, no matter how often pages are opened", async () => {
    let visit = await open(await begin());
    for (let elapsed = 29 * minute; elapsed < sessionLimits.absoluteMs; elapsed += 29 * minute) {
      now += 29 * minute;
      visit = await open(visit.cookie);
      assert.equal(visit.status, 200);
    }
    now += 29 * minute;
    assert.equal((await open(visit.cookie)).status, 303);
  });
});
