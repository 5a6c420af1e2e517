import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { describeFirstPrisoners } from "../../sandbox/mpc/first-prisoners.ts";
import { managers } from "../../sandbox/mpc/page.ts";
import { readTable } from "../support/test-database.ts";
import { journalise } from "../operations/stored-rows.ts";
import { checkPage } from "./check-page.ts";
import { signInOn, startConsole, type ConsoleStage } from "./console-fixture.ts";
import { addLongHistory } from "./long-history.ts";

const [manager] = managers;

describe("the page of a case", () => {
  let stage: ConsoleStage;
  before(async () => {
    stage = await startConsole({ prisoners: describeFirstPrisoners() });
  });
  after(() => stage[Symbol.asyncDispose]());

  const open = async (path: string) => stage.signIn("viewer", `/console/cases/${path}`);

  it("shows an allocation in the simulator within seconds, in the picture and with its message", async () => {
    assert.ok(manager);
    const { service } = stage;
    const page = await open("A1001AA");
    const picture = page.getByRole("group", { name: "The case over time" });
    const name = `${manager.forename} ${manager.surname}, Leeds Prison`;
    assert.equal(await picture.getByText(name).count(), 0);
    const published = await service.mpc.act("A1001AA", { kind: "allocate", manager, prison: "LEI" });
    for (const { messageId } of published) await service.settled(messageId);
    await page.reload();
    await picture.getByRole("link", { name }).first().click();
    assert.match(await page.locator(":target").innerText(), /The POM changed in Manage POM Cases[^]*PomAllocated/);
    await page.goto("/console/cases/x100001");
    await checkPage(page);
    await page.evaluate("document.querySelector('.case-table').open = true");
    await checkPage(page);
    assert.match(
      await page
        .getByRole("row", { name: `${manager.forename} ${manager.surname}` })
        .first()
        .innerText(),
      /Message of /,
    );
  });

  it("is found from the search box of any page by CRN or NOMS number, as it was typed", async () => {
    const page = await stage.signIn("viewer", "/console/messages");
    for (const [typed, path] of [
      [" x100002 ", "X100002"],
      ["a1002aa", "A1002AA"],
    ] as const) {
      await page.getByRole("searchbox").fill(typed);
      await page.getByRole("button", { name: "Search" }).click();
      await page.waitForURL((url) => url.pathname === `/console/cases/${path}`);
      await page.getByRole("heading", { level: 1, name: /X100002/ }).waitFor();
      await page.goto("/console/waiting");
    }
  });

  it("shows what would happen now only on the button, as a preview that writes and locks nothing", async () => {
    const { database } = stage.service;
    const page = await open("X100002");
    assert.equal(await page.locator(".console-preview").count(), 0);
    const earlier = await readTable(database, "mpc_delius.journal", "journal_id");
    await using held = await database.hold("select from offender where crn = 'X100002' for update");
    await page.getByRole("button", { name: "Show what would happen now" }).click();
    const preview = page.locator(".console-preview");
    assert.match(await preview.innerText(), /What would happen now[^]*Delius would be left as it is/);
    await held.commit();
    assert.deepEqual(await readTable(database, "mpc_delius.journal", "journal_id"), earlier);
    assert.equal(
      await page.evaluate(`getComputedStyle(document.querySelector(".console-preview"), "::before").content`),
      '"Preview: nothing has been changed"',
    );
    await checkPage(page);
  });

  it("says why it is not known what would happen, and shows all the rest", async () => {
    const { mpc } = stage.service;
    mpc.answerWith("/api/handovers/A1003AA", { status: 503, body: "{}" });
    const page = await open("A1003AA?ask=now");
    assert.match(await page.locator(".console-preview").innerText(), /cannot be asked at the moment/);
    assert.equal(await page.getByText("How the case stands").count(), 1);
    await checkPage(page);
    mpc.answerWith("/api/handovers/A1003AA", null);
  });

  it("says of a case that no message named that all is well", async () => {
    const page = await open("X100007");
    assert.equal(await page.getByText("No message has named this case yet.").count(), 1);
    await checkPage(page);
  });

  it("answers for cases that Delius does not know or has deleted", async () => {
    const page = await open("X100012");
    assert.match(await page.locator("main").innerText(), /The case is deleted in Delius: X100012/);
    await checkPage(page);
    for (const [reference, status, text] of [
      ["Z9998ZZ", 404, "Delius has no case with the number Z9998ZZ"],
      ["nobody", 404, "“nobody” is neither a CRN nor a NOMS number"],
      ["X100001?before=yesterday", 400, "These messages cannot be shown"],
    ] as const) {
      const response = await page.goto(`/console/cases/${reference}`);
      assert.equal(response?.status(), status);
      assert.ok((await page.locator("main").innerText()).includes(text), text);
      await checkPage(page);
    }
  });

  it("lists the cases of a number that several have, and what came about one that Delius does not know", async () => {
    const { database } = stage.service;
    await database.query("update offender set noms_number = 'A1009AA' where crn in ('X100008', 'X100009')");
    const page = await open("A1009AA");
    await page.getByRole("link", { name: /X100008/ }).waitFor();
    await checkPage(page);
    await journalise(database, { inbox_key: "unknown", noms_number: "A9997AA", crn: null, outcome: "PersonNotFound" });
    await page.goto("/console/cases/A9997AA");
    await page.getByText("PersonNotFound").waitFor();
    await checkPage(page);
  });

  it("is legible and light with 40 POM periods and 200 messages", async () => {
    await addLongHistory(stage.service.database, "X100004");
    const page = await open("X100004");
    const picture = page.getByRole("group", { name: "The case over time" });
    assert.match(
      (await picture.locator("desc").textContent()) ?? "",
      /\(POM\): 40 periods; .*200 messages left Delius/,
    );
    assert.equal(await page.locator("section h3").count(), 20);
    await page.setViewportSize({ width: 320, height: 700 });
    const heights = await page.evaluate(
      `[...document.querySelectorAll(".case-picture__label")].map((label) => label.getBoundingClientRect().height)`,
    );
    assert.ok(Array.isArray(heights) && heights.length > 40 && heights.every((height) => height >= 14));
    await page.setViewportSize({ width: 1280, height: 720 });
    await checkPage(page);
    await page.getByRole("link", { name: "Older messages" }).click();
    assert.equal(await page.getByRole("link", { name: "Go to the newest messages" }).count(), 1);
  });

  it("works without JavaScript, the preview too", async () => {
    await using context = await stage.open({ javaScriptEnabled: false });
    const page = await context.newPage();
    await signInOn(page, "viewer", "/console/cases/X100002");
    await page.getByRole("button", { name: "Show what would happen now" }).click();
    assert.match(await page.locator(".console-preview").innerText(), /Delius would be/);
  });
});
