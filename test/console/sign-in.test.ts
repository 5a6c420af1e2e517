import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

const pause = "/console/intake/pause";

describe("sign-in and forms", () => {
  let stage: ConsoleStage;
  before(async () => {
    stage = await startConsole();
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

  it("let no one act who may only look, by any route", async () => {
    const page = await stage.signIn("viewer");
    const answer = await send(page, { form: await page.locator("input[name=form]").first().getAttribute("value") });
    assert.equal(answer.status(), 403);
    assert.match(await answer.text(), /You do not have permission to do this/);
    assert.deepEqual(await actions(), []);
  });

  it("let no one look who has no role", async () => {
    const page = await stage.signIn("stranger");
    await page.getByRole("heading", { name: "You do not have permission to do this" }).waitFor();
    await checkPage(page);
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
    await checkPage(page);
  });
});
