import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

describe("the overview", () => {
  let stage: ConsoleStage;
  let page: Page;
  before(async () => {
    stage = await startConsole();
    page = await stage.signIn("operator");
  });
  after(() => stage[Symbol.asyncDispose]());

  it("says that all is well, and what would be there, where nothing has come yet", async () => {
    await page.getByText("All is well.").waitFor();
    await page.getByText("No message was decided in this time.").waitFor();
    await checkPage(page);
  });

  it("asks for a reason, leads to its field and keeps the intake as it is without one", async () => {
    await page.getByRole("button", { name: "Pause intake" }).click();
    assert.match(await page.title(), /^Error: Overview/);
    await page.getByRole("link", { name: "Enter a reason, in 1 to 500 characters" }).click();
    assert.equal(await page.evaluate("document.activeElement.id"), "reason");
    assert.deepEqual(await stage.service.database.query("select running from mpc_delius.intake_state"), [
      { running: true },
    ]);
  });

  it("pauses the intake, which every page says until it is resumed", async () => {
    await page.getByLabel("Reason").fill("Delius is being <b>upgraded</b>");
    await page.getByRole("button", { name: "Pause intake" }).click();
    await page.getByText("Every replica stops taking messages").waitFor();
    await checkPage(page);
    await page.getByRole("link", { name: "Messages", exact: true }).click();
    await page.getByText("AN_OPERATOR paused it").waitFor();
    await page.getByText("because: Delius is being <b>upgraded</b>").waitFor();
    await page.getByRole("link", { name: "Resume on the overview" }).click();
    await page.getByLabel("Reason").fill("The upgrade is done");
    await page.getByRole("button", { name: "Resume intake" }).click();
    await page.getByText("Every replica takes messages again").waitFor();
    assert.equal(await page.getByText("Intake is paused.").count(), 0);
    assert.deepEqual(
      await stage.service.database.query(
        "select actor, action, reason from mpc_delius.operator_action order by 1, taken_at",
      ),
      [
        { actor: "AN_OPERATOR", action: "pause", reason: "Delius is being <b>upgraded</b>" },
        { actor: "AN_OPERATOR", action: "resume", reason: "The upgrade is done" },
      ],
    );
  });

  it("shows a viewer no button", async () => {
    const other = await stage.signIn("viewer");
    assert.equal(await other.getByRole("button", { name: "Pause intake" }).count(), 0);
    await checkPage(other);
  });
});
