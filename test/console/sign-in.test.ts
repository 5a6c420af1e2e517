import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";
import { watchConsoleRoutes, type ConsoleRoute } from "./listed-routes.ts";

const pause = "/console/intake/pause";
/** What anyone may ask for: the way in and out, and the files that pages are shown with. */
const isOpen = ({ path }: ConsoleRoute) => /^\/console\/(?:sign-|signed-|assets\/)/.test(path);

describe("sign-in and forms", () => {
  let stage: ConsoleStage;
  let routes: readonly ConsoleRoute[];
  before(async () => {
    using watch = watchConsoleRoutes();
    stage = await startConsole();
    routes = watch.list().filter((route) => !isOpen(route) && route.method !== "HEAD");
  });
  after(() => stage[Symbol.asyncDispose]());

  const tokenOf = (page: Page) =>
    page.locator(`form[action="${pause}"] input[name=form]`).first().getAttribute("value");
  const send = async (page: Page, { form, origin = stage.origin }: { form: string | null; origin?: string | null }) =>
    page.request.post(pause, {
      form: { reason: "A test", ...(form === null ? {} : { form }) },
      headers: origin === null ? {} : { origin },
      maxRedirects: 0,
    });
  const actions = () => stage.service.database.query("select action from mpc_delius.operator_action");

  it("lead back to the page that was asked for, and never to another place", async () => {
    const page = await stage.signIn("viewer", "/console/messages?outcomeClass=written");
    assert.equal(new URL(page.url()).search, "?outcomeClass=written");
    const plain = await fetch(`${stage.origin}/console/sign-in?returnPath=https://elsewhere.example`, {
      redirect: "manual",
    });
    assert.equal(plain.status, 303);
    assert.match(plain.headers.get("location") ?? "", /code_challenge_method=S256/);
  });

  const listPosts = () => {
    const posts = routes.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
    assert.ok(posts.includes(`POST ${pause}`) && posts.length >= 10, posts.join());
    return posts.map((post) => post.replace("POST ", ""));
  };

  it("let no one act who may only look, by any route", async () => {
    const page = await stage.signIn("viewer");
    const form = (await page.locator("input[name=form]").first().getAttribute("value")) ?? "";
    const sent = { form: { form, reason: "A test", inboxKey: "key" }, headers: { origin: stage.origin } };
    for (const path of listPosts()) {
      const answer = await page.request.post(path, { ...sent, maxRedirects: 0 });
      assert.equal(answer.status(), 403, path);
      assert.match(await answer.text(), /You do not have permission to do this/);
    }
    assert.deepEqual(await actions(), []);
  });

  it("let no one look who has no role", async () => {
    const page = await stage.signIn("stranger");
    await page.getByRole("heading", { name: "You do not have permission to do this" }).waitFor();
    await checkPage(page);
    for (const { method, path } of routes) {
      const headers = { origin: stage.origin };
      const answer = await page.request.fetch(path, { method, headers, maxRedirects: 0 });
      assert.equal(answer.status(), 403, `${method} ${path}`);
    }
  });

  it("lead one who is not signed in to the sign-in from every page, and take no form of theirs", async () => {
    for (const { method, path } of routes) {
      const answer = await fetch(stage.origin + path, { method, redirect: "manual" });
      assert.equal(answer.status, method === "GET" ? 303 : 401, `${method} ${path}`);
    }
  });

  it("refuse a form without its mark, with that of another session, and from another origin", async () => {
    const [page, other] = [await stage.signIn("operator"), await stage.signIn("operator")];
    const form = await tokenOf(page);
    const answers = [
      await send(page, { form: null }),
      await send(page, { form: await tokenOf(other) }),
      await send(page, { form, origin: "https://elsewhere.example" }),
      await send(page, { form, origin: null }),
    ];
    assert.deepEqual(
      answers.map((answer) => answer.status()),
      [403, 403, 403, 403],
    );
    for (const path of listPosts()) {
      const foreign = { headers: { origin: "https://elsewhere.example" }, maxRedirects: 0 };
      const values = { form: form ?? "", reason: "A test", inboxKey: "key" };
      const unmarked = { headers: { origin: stage.origin }, maxRedirects: 0, form: { ...values, form: "" } };
      for (const sent of [unmarked, { ...foreign, form: values }])
        assert.equal((await page.request.post(path, sent)).status(), 403, path);
    }
    assert.deepEqual(await actions(), []);
  });

  it("take a form once, however often it is sent", async () => {
    const page = await stage.signIn("operator");
    const form = await tokenOf(page);
    const answers = await Promise.all([send(page, { form }), send(page, { form }), send(page, { form })]);
    assert.deepEqual(
      answers.map((answer) => answer.status()),
      [303, 303, 303],
    );
    assert.deepEqual(await actions(), [{ action: "pause" }]);
  });

  it("end at sign-out here and at the issuer", async () => {
    const page = await stage.signIn("operator");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "You have signed out" }).waitFor();
    await checkPage(page);
    await page.goto("/console");
    await page.getByRole("button", { name: "Sign in as an operator" }).waitFor();
  });

  it("say that the session has ended, where a form comes after that", async () => {
    const page = await stage.signIn("operator");
    await page.context().clearCookies();
    await page.getByLabel("Reason").fill("Too late");
    await page.getByRole("button", { name: /intake$/ }).click();
    await page.getByRole("heading", { name: "You have been signed out" }).waitFor();
    assert.equal((await actions()).length, 1);
  });

  it("answer a page where there is none, and say where to go", async () => {
    const page = await stage.signIn("viewer");
    await page.goto("/console/nothing");
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await page.getByRole("searchbox").waitFor();
    await checkPage(page);
  });
});
