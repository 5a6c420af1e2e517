import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

describe("the console", () => {
  let stage: ConsoleStage;
  before(async () => {
    stage = await startConsole();
  });
  after(() => stage[Symbol.asyncDispose]());

  it("leads to the sign-in and back to the page that was asked for", async () => {
    const page = await stage.signIn("operator", "/console");
    assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Overview");
    await checkPage(page);
  });
});
