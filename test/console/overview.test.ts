import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkPage } from "./check-page.ts";
import { untilSomebodyWaits } from "../support/blocked-session.ts";
import { journalise, letWait, quarantine } from "../operations/stored-rows.ts";
import { signInOn, startConsole, type ConsoleStage } from "./console-fixture.ts";
import { operate } from "./keyboard.ts";

describe("the overview", () => {
  let stage: ConsoleStage;
  let page: Page;
  before(async () => {
    stage = await startConsole();
    page = await stage.signIn("operator");
  });
  after(() => stage[Symbol.asyncDispose]());
  const listActions = () =>
    stage.service.database.query(
      "select actor, action, reason from mpc_delius.operator_action order by operator_action_id",
    );

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
    await checkPage(page);
    assert.deepEqual(await stage.service.database.query("select running from mpc_delius.intake_state"), [
      { running: true },
    ]);
  });

  it("pauses the intake, which every page says until it is resumed", async () => {
    await page.getByLabel("Reason").fill("Delius is being <b>upgraded</b>");
    await page.getByRole("button", { name: "Pause intake" }).click();
    await page.getByText("Every replica stops taking messages").waitFor();
    await checkPage(page);
    const paused = page.getByText("Paused by AN_OPERATOR because: Delius is being <b>upgraded</b>");
    while ((await paused.count()) === 0) await page.reload();
    await page.getByRole("link", { name: "Messages", exact: true }).click();
    await page.getByText("AN_OPERATOR paused it").waitFor();
    await page.getByText("because: Delius is being <b>upgraded</b>").waitFor();
    await page.goto("/console/nothing");
    await page.getByText("AN_OPERATOR paused it").waitFor();
    await checkPage(page);
    const stranger = await stage.signIn("stranger");
    assert.equal(await stranger.getByText("Intake is paused.").count(), 0);
    await page.getByRole("link", { name: "Resume on the overview" }).click();
    await page.getByLabel("Reason").fill("The upgrade is done");
    await page.getByRole("button", { name: "Resume intake" }).click();
    await page.getByText("Every replica takes messages again").waitFor();
    assert.equal(await page.getByText("Intake is paused.").count(), 0);
    assert.deepEqual(await listActions(), [
      { actor: "AN_OPERATOR", action: "pause", reason: "Delius is being <b>upgraded</b>" },
      { actor: "AN_OPERATOR", action: "resume", reason: "The upgrade is done" },
    ]);
  });

  it("pauses and resumes by keyboard alone", async () => {
    for (const [button, effect] of [
      ["Pause intake", "Every replica stops taking messages"],
      ["Resume intake", "Every replica takes messages again"],
    ] as const) {
      await operate(page, page.getByLabel("Reason"), { type: "By keyboard" });
      await operate(page, page.getByRole("button", { name: button }), { press: "Enter" });
      await page.getByText(effect).waitFor();
    }
    assert.equal((await listActions()).filter(({ reason }) => reason === "By keyboard").length, 2);
  });

  it("pauses once for two clicks without script, and shows both the same result", async () => {
    const context = await stage.open({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await signInOn(plain, "operator", "/console");
    await plain.getByLabel("Reason").fill("Twice at once");
    const box = await plain.getByRole("button", { name: "Pause intake" }).boundingBox();
    assert.ok(box);
    // Unlike a locator, the mouse does not wait for the page that the first click asked for.
    const click = async () => {
      const posted = plain.waitForRequest((request) => request.method() === "POST");
      await plain.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      return posted;
    };
    const { database } = stage.service;
    await using held = await database.hold("select from mpc_delius.intake_state for update");
    const first = await click();
    await untilSomebodyWaits(database);
    const second = await click();
    assert.equal(second.postData(), first.postData());
    await held.commit();
    await plain.getByText("Every replica stops taking messages").waitFor();
    assert.equal((await listActions()).filter(({ reason }) => reason === "Twice at once").length, 1);
    await context.close();
  });

  it("takes a form again that came to nothing", async () => {
    const { database } = stage.service;
    await page.goto("/console");
    const form = await page.locator("main input[name=form]").inputValue();
    const headers = { origin: stage.origin };
    const send = (path: string) =>
      page.request.post(path, { form: { form, reason: "Again" }, headers, maxRedirects: 0 });
    await database.query("alter table mpc_delius.operator_action add constraint no_resume check (reason <> 'Again')");
    assert.equal((await send("/console/intake/resume")).status(), 503);
    await database.query("alter table mpc_delius.operator_action drop constraint no_resume");
    const answer = await send("/console/intake/resume");
    assert.deepEqual([answer.status(), answer.headers()["location"]], [303, "/console"]);
    assert.equal((await listActions()).filter(({ reason }) => reason === "Again").length, 1);
  });

  it("draws what was decided, lists what needs a person and says which part is down", async () => {
    const { database, mpc } = stage.service;
    for (const [place, outcomeClass] of ["written", "no change", "waiting", "quarantined"].entries()) {
      const row = { inbox_key: `drawn-${place}`, outcome_class: outcomeClass, decided_at: new Date() };
      await journalise(database, row);
    }
    await quarantine(database, {});
    await letWait(database, {});
    mpc.answerWith("/api", { status: 503, body: "" });
    await page.goto("/console");
    const down = page.getByText(/Manage POM Cases has been down since at least/);
    // Health is looked at again after two seconds.
    for (const until = Date.now() + 20_000; Date.now() < until && (await down.count()) === 0;) await page.reload();
    await page.getByText(/2 things need a person, the first of them since \d+ \w+ \d+ at/).waitFor();
    await page.getByRole("link", { name: "1 message quarantined: UnknownPrison" }).waitFor();
    await page.getByRole("link", { name: "1 case waiting too long for a sentence change" }).waitFor();
    await page.getByRole("img", { name: "Outcomes over time" }).waitFor();
    await checkPage(page);
    mpc.answerWith("/api", null);
    await page.getByRole("link", { name: "Show 7 days" }).click();
    await page.getByRole("heading", { name: "The last 7 days" }).waitFor();
    await checkPage(page);
  });

  it("shows a viewer no button", async () => {
    const other = await stage.signIn("viewer");
    assert.equal(await other.getByRole("button", { name: "Pause intake" }).count(), 0);
    await checkPage(other);
  });
});
