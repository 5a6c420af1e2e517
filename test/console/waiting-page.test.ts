import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

const path = "/console/waiting";

describe("waiting cases", () => {
  let stage: ConsoleStage;
  let page: Page;
  before(async () => {
    stage = await startConsole();
    page = await stage.signIn("operator", path);
  });
  after(() => stage[Symbol.asyncDispose]());

  it("say what would be there where none waits", async () => {
    await page.getByText("None. Cases without a person").waitFor();
    await checkPage(page);
  });

  it("name one that waits, with what it waits for, and let it go by a reason", async () => {
    const dates = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
    const [event] = await stage.service.mpc.act("A1005AA", dates);
    assert.ok(event);
    await stage.service.settled(event.messageId);
    await page.goto(path);
    await page.getByText("The case has several active custodial sentences").first().waitFor();
    await checkPage(page);
    await page.getByRole("link", { name: "Dismiss A1005AA" }).click();
    await checkPage(page);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("link", { name: "Enter a reason, in 1 to 500 characters" }).waitFor();
    await page.getByLabel("Reason").fill("The case is closed");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByText("A1005AA does not wait for a sentence change any more").waitFor();
    assert.deepEqual(await stage.service.database.query("select action, reason from mpc_delius.operator_action"), [
      { action: "dismiss", reason: "The case is closed" },
    ]);
    await page.goto(`${path}/dismiss?nomsNumber=A1005AA&fact=handover`);
    await page.getByLabel("Reason").fill("Once more");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByText("Nothing waits for handover of nomsId A1005AA").waitFor();
  });

  it("come a page at a time, and all of them in a file; a viewer dismisses none", async () => {
    await stage.service.database.query(
      `insert into mpc_delius.waiting (noms_number, fact, outcome, waits_for, inbox_key, since)
       select 'G' || lpad(number::text, 4, '0') || 'ZZ', 'handover', 'NoActiveCustodialSentence', 'sentence change', '=key', now() - number * interval '1 hour'
       from generate_series(1, 230) number`,
    );
    const other = await stage.signIn("viewer", path);
    await other.getByText("230", { exact: true }).waitFor();
    await other.getByRole("link", { name: "A sentence change" }).first().click();
    await other.getByRole("heading", { name: "Cases that wait for a sentence change" }).waitFor();
    assert.equal(await other.getByText("no sentence change can end the wait").count(), 25);
    assert.equal(await other.getByRole("link", { name: "Dismiss" }).count(), 0);
    await checkPage(other);
    await other.getByRole("link", { name: "Older cases" }).click();
    await other.getByRole("link", { name: "G0026ZZ", exact: true }).waitFor();
    const file = other.waitForEvent("download");
    await other.getByRole("link", { name: "Download as CSV" }).click();
    const lines = (await text(await (await file).createReadStream())).trimEnd().split("\r\n");
    assert.equal(lines.length, 231);
    assert.match(lines[1] ?? "", /^G0001ZZ,Handover dates,a sentence change,.*,1 hour,no,'=key$/);
  });

  it("answer what is not on the list with a page that says so", async () => {
    await page.goto(`${path}/dismiss?nomsNumber=nobody`);
    await page.getByRole("heading", { name: "Choose a case from the list of waiting cases" }).waitFor();
    await checkPage(page);
    await page.goto(`${path}?waitsFor=rain`);
    await page.getByRole("heading", { name: "The query is not valid" }).waitFor();
  });
});
