import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkPage } from "./check-page.ts";
import { journalise } from "../operations/stored-rows.ts";
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

  it("show a dry run unlike a write, in the list, on its own page and on that of the case", async () => {
    const change = { record: "key date", before: null, after: { type: "POM1", date: "2026-12-01" } };
    const row = {
      fact: "handover",
      outcome: "KeyDateCreated",
      decided_at: new Date(),
      changes: JSON.stringify([change]),
    };
    await journalise(stage.service.database, { ...row, inbox_key: "dry", dry_run: true });
    await journalise(stage.service.database, { ...row, inbox_key: "real" });
    const page = await stage.signIn("viewer", "/console/messages");
    assert.equal(await page.getByText("dry run: would be written").count(), 1);
    assert.equal(await page.getByText("written", { exact: true }).count(), 1);
    await checkPage(page);
    await page.getByRole("link", { name: "Written", exact: true }).click();
    await page.waitForURL(/dryRun=false/);
    assert.equal(await page.getByText("dry run: would be written").count(), 0);
    await page.getByRole("link", { name: "Dry runs" }).click();
    await page.waitForURL(/dryRun=true/);
    await page.getByRole("link", { name: "offender-management.allocation.changed" }).click();
    await page.getByRole("heading", { name: "What would have changed in Delius" }).waitFor();
    const framed = page.locator(".console-dry-run");
    await framed.getByText("Would be added: handover date").waitFor();
    assert.equal(await page.getByText("What changed in Delius").count(), 0);
    await checkPage(page);
    await page.goto("/console/cases/A1001AA");
    await framed.getByText("dry run: would be written").waitFor();
    assert.equal(await framed.getByText("message real").count(), 0);
  });

  it("are filtered by outcome and time, and lead to each field that does not fit with what was typed", async () => {
    const page = await stage.signIn("viewer", "/console/messages");
    await page.getByLabel("Outcome", { exact: true }).selectOption("KeyDateCreated");
    await page.getByLabel("From", { exact: true }).fill("tomorrow");
    await page.getByLabel("CRN or NOMS number", { exact: true }).fill("nobody");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByText("Nothing was looked for.").waitFor();
    assert.match(await page.title(), /^Error: Messages/);
    await checkPage(page);
    await page.getByRole("link", { name: "From must be a date" }).click();
    assert.equal(await page.evaluate("document.activeElement.id + document.activeElement.value"), "fromtomorrow");
    await page.getByLabel("From", { exact: true }).fill("1/11/2026");
    await page.getByLabel("CRN or NOMS number", { exact: true }).fill("");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByText("From: 1 November 2026 at 00:00").waitFor();
    await page.getByText("handover: KeyDateCreated").first().waitFor();
    assert.equal(await page.getByText("UnreadableMessage").count(), 1, "only in the list to choose from");
    await page.getByRole("link", { name: "Remove the filter Outcome: KeyDateCreated" }).click();
    await page.getByText("message: UnreadableMessage").waitFor();
    assert.equal(await page.getByLabel("From", { exact: true }).inputValue(), "1/11/2026");
  });

  it("come a page at a time where there are many, with the filters that stay", async () => {
    await stage.service.database.query(
      `insert into mpc_delius.journal (inbox_key, fact, event_type, noms_number, crn, received_at, decided_at, outcome, outcome_class,
         properties, reasons, changes)
       select 'many-' || number, fact, 'offender-management.allocation.changed', 'A1001AA', 'X100001', now(), now(), 'NoPomChange',
         'no change', '{}', '[]', '[]'
       from generate_series(1, 100) number, unnest(array['handover', 'allocation']) fact`,
    );
    const page = await stage.signIn("viewer", "/console/messages?outcomeClass=no%20change&identifier=A1001AA");
    await checkPage(page);
    await page.getByRole("link", { name: "Older messages" }).click();
    await page.getByRole("link", { name: "Newest messages" }).waitFor();
    await checkPage(page);
  });

  it("answer an address that no filter can correct with a page that says so", async () => {
    const page = await stage.signIn("viewer", "/console");
    await page.goto("/console/messages?before=nothing");
    assert.match(await page.title(), /^The query is not valid/);
    await checkPage(page);
  });
});
