import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkPage } from "./check-page.ts";
import { signInOn, startConsole, type ConsoleStage } from "./console-fixture.ts";
import { operate } from "./keyboard.ts";

const path = "/console/reconciliation";

describe("reconciliation", () => {
  let stage: ConsoleStage;
  let page: Page;
  before(async () => {
    stage = await startConsole({ hasOtherCallers: true });
    page = await stage.signIn("operator", path);
  });
  after(() => stage[Symbol.asyncDispose]());

  const start = async (identifier: string) => {
    await page.goto(path);
    await page.getByLabel("Person", { exact: true }).fill(identifier);
    await page.getByLabel("Reason").fill("Leeds reported wrong dates");
    await page.getByRole("button", { name: "Start the run" }).click();
    await page.getByText("Reconciliation started").waitFor();
  };
  /** Waits for the end of the run, which the page shows by itself. */
  const finish = async () => {
    const finished = page.getByRole("heading", { name: "Differences by class" });
    await page.evaluate("document.activeElement?.blur()");
    await finished.waitFor({ timeout: 60_000 });
  };

  it("says what would be there where no run has been", async () => {
    await page.getByText("None yet.").waitFor();
    await checkPage(page);
  });

  it("leads to the field that does not fit, and keeps what was typed", async () => {
    await page.getByLabel("Person", { exact: true }).fill("nobody");
    await page.getByLabel("Reason").fill("A reason");
    await page.getByRole("button", { name: "Start the run" }).click();
    await page.getByRole("link", { name: "Enter a CRN or a NOMS number, like X123456 or A1234BC" }).click();
    assert.equal(await page.evaluate("document.activeElement.value"), "nobody");
    assert.match(await page.title(), /^Error: Reconciliation/);
    await checkPage(page);
  });

  it("finds drift that was made by hand, repairs it with a preview, and is clean the next time", async () => {
    const dates = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: "2026-12-01" } as const;
    const [event] = await stage.service.mpc.act("A1004AA", dates);
    assert.ok(event);
    await stage.service.settled(event.messageId);
    await stage.service.database.query(
      "update key_date set key_date = key_date + interval '7 days' where custody_id = 40",
    );
    await start("A1004AA");
    await page.getByText("compared, about").waitFor();
    await checkPage(page);
    await finish();
    await page.getByRole("link", { name: "Date different" }).click();
    await page.getByText("9 January 2027").waitFor();
    await checkPage(page);
    await page.getByRole("link", { name: "Preview a repair" }).click();
    await page.getByText("A repair would send 1 case").waitFor();
    await checkPage(page);
    await page.getByLabel("Reason").fill("These are lost events");
    await page.getByRole("button", { name: "Repair 1 case" }).click();
    await page.getByText("Repair ordered").waitFor();
    const refreshRun = new URL(page.url()).pathname.split("/").at(-1);
    const [row] = await stage.service.database.query("select offender_id as id from mpc_delius.difference limit 1");
    await stage.service.settled(`refresh-${refreshRun}-${String(row?.["id"])}`);
    await page.reload();
    const result = page.getByRole("row", { name: /A1004AA/ });
    await result.getByText("KeyDateUpdated").waitFor();
    await checkPage(page);
    await result.getByRole("link", { name: "What was decided about A1004AA" }).click();
    await page.getByText("Changed: handover date").first().waitFor();
    await start("X100004");
    await finish();
    await page.getByText("Delius equals Manage POM Cases in every case that was compared.").waitFor();
    await checkPage(page);
  });

  it("is started by keyboard alone, and without script", async () => {
    await page.goto(path);
    await operate(page, page.getByLabel("Person", { exact: true }), { type: "X100004" });
    await operate(page, page.getByLabel("Reason"), { type: "By keyboard" });
    await operate(page, page.getByRole("button", { name: "Start the run" }), { press: "Enter" });
    await page.getByText("Reconciliation started").waitFor();
    await finish();
    await using context = await stage.open({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await signInOn(plain, "operator", path);
    await plain.getByLabel("Person", { exact: true }).fill("X100004");
    await plain.getByLabel("Reason").fill("Without script");
    await plain.getByRole("button", { name: "Start the run" }).click();
    await plain.getByText("Reconciliation started").waitFor();
    await page.goto(plain.url());
    await finish();
  });

  it("is found again under Actions, with what became of it and of each case", async () => {
    await page.goto("/console/actions");
    const rows = page.getByRole("row").filter({ hasText: "Repair of 1 case" });
    await rows.getByText(/Finished: 1 sent|Under way: [01] of 1 sent/).waitFor();
    await page
      .getByRole("row")
      .filter({ hasText: "Reconciliation run" })
      .getByText("Finished: 0 differences")
      .first()
      .waitFor();
    await checkPage(page);
    await rows.getByRole("link").click();
    await page.getByRole("link", { name: "with the result of each case" }).click();
    await page
      .getByRole("row", { name: /A1004AA/ })
      .getByText("Settled")
      .waitFor();
    await page.getByRole("link", { name: "The run that found the differences" }).click();
    await page.getByRole("heading", { name: /^Reconciliation run/ }).waitFor();
  });

  it("shows a dry run of a refresh in its frame, and leads to it from every page while it is under way", async () => {
    await stage.service.database.query(
      `insert into mpc_delius.refresh_run (refresh_run_id, started_by, dry_run, remove_stale, selection, due_at)
       values ('2026-11-28-1', 'A_PERSON', true, false, '{"nomsNumbers": ["A1004AA", "A1005AA"]}', now() + interval '1 hour')`,
    );
    await page.goto("/console/waiting");
    await page.getByRole("link", { name: "refresh 2026-11-28-1" }).click();
    await page.getByRole("heading", { name: "Refresh 2026-11-28-1" }).waitFor();
    assert.equal(await page.locator(".console-dry-run").getByText("Waiting to be sent").count(), 2);
    await checkPage(page);
    await stage.service.database.query("delete from mpc_delius.refresh_run where refresh_run_id = '2026-11-28-1'");
  });

  it("cancels a repair that is under way, with a reason, and says what was not sent", async () => {
    const refreshRun = "2026-01-01-1";
    await stage.service.database.query(
      `insert into mpc_delius.refresh_run (refresh_run_id, started_by, dry_run, remove_stale, selection, due_at)
       values ($1, 'A_PERSON', false, false, '{"reconciliationRun": 1, "cases": 4}', now() + interval '1 hour')`,
      [refreshRun],
    );
    await page.goto(`${path}/repairs/${refreshRun}`);
    await page.getByText("4 of 4 still under way.").waitFor();
    await checkPage(page);
    await page.getByRole("button", { name: "Cancel the repair" }).click();
    await page.getByRole("link", { name: "Enter a reason, in 1 to 500 characters" }).waitFor();
    await page.getByLabel("Reason").fill("It was meant for another run");
    await page.getByRole("button", { name: "Cancel the repair" }).click();
    await page.getByText("Ended: 4 of 4 were not sent.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Cancel the repair" }).count(), 0);
    await checkPage(page);
    await page.getByText(/^Cancelled on /).waitFor();
    await page.goto("/console/actions");
    await page.getByText(`Refresh run ${refreshRun} cancelled`).waitFor();
  });

  it("is cancelled from its page, which then says that nothing is reported", async () => {
    // No replica takes it: another one holds it.
    const [run] = await stage.service.database.query(
      `insert into mpc_delius.reconciliation_run (selection, ordered_by, due_at, compared)
       values ('{"prison": "LEI"}', 'A_PERSON', now() + interval '1 hour', 12) returning reconciliation_run_id as id`,
    );
    await page.goto("/console/waiting");
    await page.getByRole("link", { name: "a reconciliation" }).click();
    await page.getByText("12 cases compared").waitFor();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByRole("link", { name: "Enter a reason, in 1 to 500 characters" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Start the run" }).count(), 0);
    await checkPage(page);
    await page.getByLabel("Reason").fill("The wrong prison");
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByText("Reconciliation cancelled").waitFor();
    await page.getByRole("link", { name: `Run ${String(run?.["id"])}`, exact: true }).click();
    await page.getByText("This run was cancelled.").waitFor();
    await checkPage(page);
    assert.deepEqual(
      await stage.service.database.query(
        "select actor, action, reason from mpc_delius.operator_action order by operator_action_id desc limit 1",
      ),
      [{ actor: "AN_OPERATOR", action: "cancel-reconciliation", reason: "The wrong prison" }],
    );
  });

  it("shows a run that a command carries out or that was broken off", async () => {
    const [run] = await stage.service.database.query(
      `insert into mpc_delius.reconciliation_run (selection, compared) values ('{"all": true}', 12)
       returning reconciliation_run_id as id`,
    );
    await page.goto(`${path}/${String(run?.["id"])}`);
    await page.getByText("A command carries this run out").waitFor();
    await checkPage(page);
  });

  it("lists runs with their trend, which a viewer sees without buttons", async () => {
    await stage.service.database.query(
      `insert into mpc_delius.reconciliation_run (started_at, finished_at, selection, compared, totals)
       select now() - number * interval '1 day', now() - number * interval '1 day' + interval '20 minutes', '{"all": true}', 87214,
         json_build_object('differences', json_build_object('date-different', number), 'deletes', '{"extra": 0, "stale": 0}'::json)
       from generate_series(1, 40) number`,
    );
    const other = await stage.signIn("viewer", path);
    await other.getByText("runs over all cases").waitFor();
    assert.equal(await other.getByRole("button", { name: "Start the run" }).count(), 0);
    await checkPage(other);
    await other.getByRole("link", { name: "Older runs" }).click();
    await other.getByRole("link", { name: "Newest runs" }).waitFor();
  });

  it("shows many people a page at a time, and all of them in a file that no spreadsheet takes for formulas", async () => {
    const [run] = await stage.service.database.query(
      `insert into mpc_delius.reconciliation_run (finished_at, selection, compared, totals)
       values (now(), '{"prison": "LEI"}', 300, '{"differences": {"pom-different": 250}, "deletes": {"extra": 150, "stale": 0}}')
       returning reconciliation_run_id as id`,
    );
    await stage.service.database.query(
      `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed, in_mpc, in_delius)
       select $1, 5000 + number, 'G' || lpad(number::text, 4, '0') || 'ZZ', 'allocation', 'pom-different', 'PomAllocated', true,
         '{"kind": "allocated", "prisonCode": "LEI", "manager": {"code": 1, "forename": "Ruth", "surname": "Adeyemi", "email": null}}',
         '{"poms": [{"officer": "N03A002", "name": "<b>Sam Evans</b>", "provider": "N03", "start": "2026-01-08T09:30:00Z"}]}'
       from generate_series(1, 250) number`,
      [run?.["id"]],
    );
    await page.goto(`${path}/${String(run?.["id"])}/repair`);
    await page.getByLabel("Delete more than 100 dates").waitFor();
    await checkPage(page);
    await page.goto(`${path}/${String(run?.["id"])}`);
    assert.equal(await page.getByText("<b>Sam Evans</b>").count(), 20);
    await checkPage(page);
    await page.getByRole("link", { name: "More people" }).click();
    await page.getByRole("link", { name: "G0021ZZ" }).waitFor();
    const file = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download as CSV" }).click();
    const lines = (await text(await (await file).createReadStream())).trimEnd().split("\r\n");
    assert.equal(lines.length, 251);
    assert.equal(
      lines[1],
      'G0001ZZ,POM,POM different,PomAllocated,"POM: Ruth Adeyemi; E-mail: none; Prison, provider: LEI; Since: not said",' +
        '"POM: <b>Sam Evans</b>; E-mail: none; Prison, provider: N03; Since: 8 January 2026 at 09:30",Repair',
    );
  });
});
