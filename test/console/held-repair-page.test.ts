import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

const people = ["A1001AA", "A1002AA", "A1003AA", "A1004AA", "A1005AA", "A1006AA", "A1008AA"];

describe("a repair of more cases than go first", () => {
  let stage: ConsoleStage;
  let page: Page;
  let run: string;
  before(async () => {
    stage = await startConsole({ hasOtherCallers: true });
    const dates = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: "2026-12-01" } as const;
    await stage.service.mpc.act("A1004AA", dates, { announce: false });
    // The dates of one of the first cases cannot be written.
    await stage.service.database.query(
      "alter table key_date add constraint no_repair check (custody_id <> 40) not valid",
    );
    const [row] = await stage.service.database.query(
      `insert into mpc_delius.reconciliation_run (finished_at, selection, compared, totals)
       values (now(), '{"all": true}', 9, '{"differences": {"date-missing": 7}, "deletes": {"extra": 0, "stale": 0}}')
       returning reconciliation_run_id as id`,
    );
    run = `/console/reconciliation/${String(row?.["id"])}`;
    await stage.service.database.query(
      `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed)
       select $1, offender_id, noms_number, 'handover', 'date-missing', 'KeyDateCreated', true
       from offender where noms_number = any($2) and crn like 'X%'`,
      [row?.["id"], people],
    );
    page = await stage.signIn("operator", run);
  });
  after(() => stage[Symbol.asyncDispose]());

  const order = async (reason: string) => {
    await page.goto(`${run}/repair`);
    await page
      .getByText("The first 5 go first. When all of them went well, the other 2 follow by themselves.")
      .waitFor();
    await page.getByLabel("Reason").fill(reason);
    await page.getByRole("button", { name: "Repair 7 cases" }).click();
    await page.getByText("Repair ordered").waitFor();
  };
  const held = "Of the first 5, 1 did not go well, so the rest is held.";

  it("stops after the first few where one fails, shows the result of each, and says so on every page", async () => {
    await order("These are lost events");
    await page.evaluate("document.activeElement?.blur()");
    await page.getByText(held).waitFor();
    await page.getByText("Held: 2 of 7 are not sent.").waitFor();
    await page
      .getByRole("row", { name: /A1004AA/ })
      .getByText("Quarantined again")
      .waitFor();
    assert.equal(await page.getByText("Waiting to be sent").count(), 2);
    await checkPage(page);
    const address = page.url();
    await page.goto("/console");
    await page.getByRole("link", { name: /^repair .*, held after its first cases$/ }).click();
    assert.equal(page.url(), address);
    await page.goto("/console");
    await page.getByRole("link", { name: /^Repair .* held after its first cases$/ }).click();
    assert.equal(page.url(), address);
    const viewer = await stage.signIn("viewer", new URL(address).pathname);
    await viewer.getByText(held).waitFor();
    assert.equal(await viewer.getByRole("button", { name: /the repair$/ }).count(), 0);
    await checkPage(viewer);
  });

  it("is cancelled or continued with one reason, which is asked for", async () => {
    await page.getByRole("button", { name: "Continue the repair" }).click();
    await page.getByRole("link", { name: "Enter a reason, in 1 to 500 characters" }).waitFor();
    await checkPage(page);
    await page.getByLabel("Reason").fill("Its custody cannot be changed");
    await page.getByRole("button", { name: "Cancel the repair" }).click();
    await page.getByText("Repair cancelled").waitFor();
    await page.getByText("Ended: 2 of 7 were not sent; 1 failed.").waitFor();
    assert.equal(await page.getByRole("button", { name: /the repair$/ }).count(), 0);
    await checkPage(page);
  });

  it("sends the rest when it is continued, which is found under Actions", async () => {
    await order("Once more");
    await page.evaluate("document.activeElement?.blur()");
    await page.getByText(held).waitFor();
    await page.getByLabel("Reason").fill("The others are well");
    await page.getByRole("button", { name: "Continue the repair" }).click();
    await page.getByText("Repair continued").waitFor();
    await page.evaluate("document.activeElement?.blur()");
    await page.getByText("Done; 1 failed.").waitFor();
    await checkPage(page);
    await page.goto("/console/actions");
    const action = page.getByRole("row").filter({ hasText: "continued after its first cases" });
    await action.getByText("The others are well").waitFor();
    await checkPage(page);
  });

  it("needs no one where all of the few went well", async () => {
    await stage.service.database.query("alter table key_date drop constraint no_repair");
    await order("Its custody can be changed now");
    await page.evaluate("document.activeElement?.blur()");
    await page.getByText("All done.").waitFor();
  });
});
