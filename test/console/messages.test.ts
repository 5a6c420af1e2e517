import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

describe("messages", () => {
  let stage: ConsoleStage;
  before(async () => {
    stage = await startConsole();
  });
  after(() => stage[Symbol.asyncDispose]());

  it("say what would be there where none has come", async () => {
    const page = await stage.signIn("viewer", "/console/messages");
    await page.getByText("No messages fit.").waitFor();
    await checkPage(page);
  });

  it("show a poison message as text, with what came and why it is quarantined", async () => {
    const { service } = stage;
    const inboxKey = await service.queue.send('{"not": "an event <script>alert(1)</script>"}');
    await service.settled(inboxKey);
    const page = await stage.signIn("operator", "/console/messages?outcomeClass=quarantined");
    await checkPage(page);
    await page.getByRole("link", { name: "no event type" }).click();
    await page.getByText("<script>alert(1)</script>").waitFor();
    await page.getByText("Quarantined: it waits").waitFor();
    await checkPage(page);
    await page.getByRole("searchbox").fill(inboxKey);
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL((url) => url.pathname === `/console/messages/${inboxKey}`);
  });

  it("answer a query that does not fit with a page that says so", async () => {
    const page = await stage.signIn("viewer", "/console");
    await page.goto("/console/messages?identifier=nobody");
    await page.getByText("This is neither a CRN nor a NOMS number").waitFor();
    await checkPage(page);
    assert.match(await page.title(), /^The query is not valid/);
  });
});
