import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startProxy, type Proxy } from "../support/proxy.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

describe("the console while the database is down", () => {
  const resources = new AsyncDisposableStack();
  let stage: ConsoleStage;
  let proxy: Proxy;
  before(async () => {
    const database = resources.use(await createTestDatabase());
    proxy = resources.use(await startProxy(database.url));
    stage = resources.use(await startConsole({ database, environment: { DATABASE_URL: proxy.url } }));
  });
  after(() => resources.disposeAsync());

  it("says so on a page that says nothing of the inside, and shows its pages again afterwards", async () => {
    const page = await stage.signIn("operator");
    proxy.goDown();
    const response = await page.goto("/console");
    assert.equal(response?.status(), 503);
    await page.getByRole("heading", { name: "The Delius database cannot be reached" }).waitFor();
    assert.doesNotMatch(await page.content(), /127\.0\.0\.1|postgres|node_modules|\.ts\b/);
    await checkPage(page);
    proxy.comeBack();
    await page.goto("/console");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  });
});
