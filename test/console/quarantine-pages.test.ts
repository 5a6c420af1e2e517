import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { listKeyDates } from "../support/written-rows.ts";
import { quarantine } from "../operations/stored-rows.ts";
import { checkPage } from "./check-page.ts";
import { signInOn, startConsole, type ConsoleStage } from "./console-fixture.ts";
import { operate } from "./keyboard.ts";

const noms = "A1004AA";

describe("the quarantine", () => {
  let stage: ConsoleStage;
  let page: Page;
  before(async () => {
    stage = await startConsole();
    page = await stage.signIn("operator", "/console/quarantine");
  });
  after(() => stage[Symbol.asyncDispose]());

  const stateOf = async (key: string) =>
    (
      await stage.service.database.query("select state, replays from mpc_delius.quarantine where inbox_key = $1", [key])
    ).map(({ state, replays }) => `${String(state)} ${String(replays)}`);

  it("says that nothing is held and what would be there", async () => {
    await page.getByText("Nothing is held.").waitFor();
    await checkPage(page);
    await page.goto("/console/actions");
    await page.getByText("No operator has done anything yet.").waitFor();
    await checkPage(page);
  });

  it("leads from a poison message to its cause, a preview and its replay, with the result of it", async () => {
    const { service } = stage;
    service.mpc.answerWith(paths.handover(noms), { status: 200, body: `{"handoverDate": "never"}` });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));
    assert.deepEqual(await service.settled(key), ["InvalidAnswer"]);
    service.mpc.answerWith(paths.handover(noms), handoverAnswer("2031-07-01"));

    await page.goto("/console");
    await page.getByRole("link", { name: "1 message quarantined: InvalidAnswer" }).click();
    await page.getByText("Talk to its team; the reason says which field.").waitFor();
    await checkPage(page);
    await page.getByRole("button", { name: "Preview a replay of those chosen" }).click();
    await page.getByRole("link", { name: "Choose at least one message" }).click();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Preview a replay of those chosen" }).click();
    await page.getByRole("heading", { name: "Preview: Replay 1 message" }).waitFor();
    await page.getByText("Would be added: handover date").waitFor();
    await checkPage(page);
    assert.deepEqual(await listKeyDates(service.database, noms), []);
    assert.deepEqual(await stateOf(key), ["held 0"]);

    await page.getByRole("button", { name: "Replay 1 message" }).click();
    await page.getByRole("link", { name: "Enter a reason, in 1 to 500 characters" }).waitFor();
    await page.getByLabel("Reason").fill("Their answer is <i>right</i> again");
    await page.getByRole("button", { name: "Replay 1 message" }).dblclick();
    await page.getByText("1 message ordered to be replayed").waitFor();
    assert.deepEqual(await service.settled(`${key}#1`), ["KeyDateCreated"]);
    await page.getByText("All done.").waitFor();
    await page.getByText("Their answer is <i>right</i> again").waitFor();
    await page.getByText("KeyDateCreated").waitFor();
    await checkPage(page);
    assert.deepEqual(await listKeyDates(service.database, noms), ["POM2 2031-07-01 0"]);
    await page.getByRole("link", { name: "Back to where you were" }).click();
    assert.equal(new URL(page.url()).search, "?reason=InvalidAnswer");
    await page.getByText("No messages fit.").waitFor();
    await checkPage(page);
    await page.goto("/console/actions");
    await page.getByRole("link", { name: "Replay of 1 quarantined message ordered" }).waitFor();
    await checkPage(page);
    await service.database.query(
      "insert into mpc_delius.attempt (inbox_key, receives, dependency, error_class) values ($1, 1, 'mpc', 'HTTP 502')",
      [key],
    );
    await page.goto(`/console/messages/${key}`);
    await page.getByText("Manage POM Cases failed: HTTP 502").waitFor();
    await page.getByRole("heading", { name: "What changed in Delius" }).first().waitFor();
    await checkPage(page);
  });

  it("replays by keyboard alone, and without script", async () => {
    const list = "/console/quarantine/messages?reason=UnknownTeam";
    const preview = "Preview a replay of those chosen";
    await quarantine(stage.service.database, { inbox_key: "by-keyboard", reason: "UnknownTeam" });
    await page.goto(list);
    await operate(page, page.getByRole("checkbox"), { press: "Space" });
    await operate(page, page.getByRole("button", { name: preview }), { press: "Enter" });
    await page.getByRole("heading", { name: "Preview: Replay 1 message" }).waitFor();
    await operate(page, page.getByLabel("Reason"), { type: "By keyboard" });
    await operate(page, page.getByRole("button", { name: "Replay 1 message" }), { press: "Enter" });
    await page.getByText("1 message ordered to be replayed").waitFor();
    await stage.service.settled("by-keyboard#1");

    await quarantine(stage.service.database, { inbox_key: "without-script", reason: "UnknownTeam" });
    await using context = await stage.open({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await signInOn(plain, "operator", list);
    await plain.getByRole("checkbox").check();
    await plain.getByRole("button", { name: preview }).click();
    await plain.getByLabel("Reason").fill("Without script");
    await plain.getByRole("button", { name: "Replay 1 message" }).click();
    await plain.getByText("1 message ordered to be replayed").waitFor();
    await stage.service.settled("without-script#1");
    assert.deepEqual([await stateOf("by-keyboard"), await stateOf("without-script")], [["held 1"], ["held 1"]]);
    await stage.service.database.query("delete from mpc_delius.quarantine where reason = 'UnknownTeam'");
  });

  it("previews, discards and restores a group of many, page by page", async () => {
    await stage.service.database.query(
      `insert into mpc_delius.quarantine (inbox_key, fact, event_type, noms_number, reason, error, body, attributes, first_seen, last_seen)
       select 'many-' || number, fact, 'offender-management.allocation.changed', 'A1001AA', 'UnknownPrison',
         'No provider of Delius stands for the prison ' || number || ' <b>XYZ</b>.', 'body', '{}', now(), now()
       from generate_series(1, 1000) number, unnest(array['handover', 'allocation']) fact`,
    );
    await page.goto("/console/quarantine");
    await page.getByText("1,000 messages").first().waitFor();
    await checkPage(page);
    await page.goto("/console/quarantine/messages?reason=UnknownPrison&size=10");
    await checkPage(page);
    await page.goto("/console/quarantine/discard?group=UnknownPrison&first=5");
    await checkPage(page);
    await page.goto("/console/quarantine");
    await page.getByRole("link", { name: "1,000 messages" }).click();
    await page.getByRole("link", { name: "Older messages" }).click();
    await page.getByRole("button", { name: "Discard the oldest 100 of 1,000 held for UnknownPrison" }).click();
    await page.getByText("900 more of this group").waitFor();
    await page.getByLabel("Reason").fill("Sent by mistake");
    await page.getByRole("button", { name: "Discard 100 messages" }).click();
    await page.getByText("100 messages discarded").waitFor();
    await page.getByRole("link", { name: "Back to where you were" }).click();
    await page.getByRole("link", { name: "Discarded" }).click();
    await page.getByRole("button", { name: "Restore all 100 discarded of UnknownPrison" }).click();
    await page.getByLabel("Reason").fill("It was none");
    await page.getByRole("button", { name: "Restore 100 messages" }).click();
    await page.getByText("100 messages held again").waitFor();
  });

  it("cancels what is not sent of a replay, from its action, and says what was sent", async () => {
    const { database } = stage.service;
    for (const inbox_key of ["unsent", "sent"]) await quarantine(database, { inbox_key, reason: "UnknownTeam" });
    const [action] = await database.query(
      `with ordered as (
         update mpc_delius.quarantine set state = 'replaying', replays = 1, due_at = now() + interval '1 hour'
         where inbox_key in ('unsent', 'sent'))
       insert into mpc_delius.operator_action (actor, action, reason, subject)
       values ('A_PERSON', 'replay', 'a mistake', '{"inboxKeys": ["unsent", "sent"]}') returning operator_action_id as id`,
    );
    await page.goto(`/console/actions/${String(action?.["id"])}`);
    await page.getByText("2 of 2 still under way.").waitFor();
    await page.getByRole("link", { name: "Cancel what is not sent yet" }).click();
    await page.getByRole("heading", { name: "Preview: Cancel the replay of 2 messages" }).waitFor();
    await checkPage(page);
    await database.query("update mpc_delius.quarantine set sent_at = now() where inbox_key = 'sent'");
    await page.getByLabel("Reason").fill("The cause is not repaired");
    await page.getByRole("button", { name: "Cancel the replay of 2 messages" }).click();
    await page.getByText("1 message not replayed after all").waitFor();
    await page.getByText("The message was sent already").waitFor();
    await checkPage(page);
    await page.getByRole("link", { name: "Back to where you were" }).click();
    await page.getByText("Cancelled before it was sent").waitFor();
    await page.goto("/console/quarantine/messages?state=replaying");
    await page.getByRole("button", { name: "Cancel the replay of those chosen" }).waitFor();
    assert.deepEqual(await stateOf("unsent"), ["held 1"]);
    await database.query("delete from mpc_delius.quarantine where inbox_key in ('unsent', 'sent')");
  });

  it("replays a group by itself, and stops and says so when none of the first is repaired", async () => {
    const { service } = stage;
    service.mpc.answerWith(paths.handover(noms), { status: 200, body: `{"handoverDate": "never"}` });
    const keys: string[] = [];
    for (let number = 1; number <= 6; number += 1) {
      keys.push(await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms))));
    }
    for (const key of keys) assert.deepEqual(await service.settled(key), ["InvalidAnswer"]);
    await page.goto("/console/quarantine");
    await page.getByRole("button", { name: "Replay all 6 held for InvalidAnswer, 5 first" }).click();
    await page.getByText("The oldest 5 go first.").waitFor();
    await checkPage(page);
    await page.getByLabel("Reason").fill("They have repaired it");
    await page.getByRole("button", { name: "Replay 6 messages held for InvalidAnswer" }).click();
    await page.getByText("Replay of the group ordered").waitFor();
    await page.getByText("Stopped: none of the first was repaired").waitFor();
    await page.getByText("Ended: 1 of 6 were not sent; 5 failed.").waitFor();
    await checkPage(page);
    await page.goto("/console/actions");
    await page.getByRole("link", { name: "Replay of 6 messages held for InvalidAnswer ordered" }).first().click();
    await page.getByRole("link", { name: "How the replay of the group goes" }).click();
    await page.getByRole("heading", { name: "Replay of InvalidAnswer" }).waitFor();
  });

  it("cancels the replay of a group, and says how many were sent", async () => {
    const [row] = await stage.service.database.query(
      `insert into mpc_delius.group_replay (quarantine_reason, messages, ordered_by, order_reason, batches, batch)
       values ('DeliusRefused', 9, 'A_PERSON', 'r', 1, '{stuck}') returning group_replay_id as id`,
    );
    const stuck = { inbox_key: "stuck", reason: "DeliusRefused", state: "replaying", due_at: "2040-01-01" };
    await quarantine(stage.service.database, { ...stuck, sent_at: "2026-04-02T12:00:00Z" });
    await page.goto(`/console/quarantine/groups/${String(row?.["id"])}`);
    await page.getByRole("link", { name: "the replay of DeliusRefused" }).waitFor();
    await quarantine(stage.service.database, { inbox_key: "refused", reason: "DeliusRefused" });
    await page.goto("/console/quarantine/groups/replay?group=DeliusRefused");
    await page.getByLabel("Reason").fill("I think it is repaired");
    await page.getByRole("button", { name: "Replay 1 message held for DeliusRefused" }).click();
    await page.getByText("It is under way already").waitFor();
    await page.getByLabel("Reason").fill("The rule is still there");
    await page.getByRole("button", { name: "Cancel the replay" }).click();
    await page.getByText("Replay of the group cancelled").waitFor();
    await page.getByText("1 of 9 still under way.").waitFor();
    await stage.service.database.query("delete from mpc_delius.quarantine where inbox_key in ('stuck', 'refused')");
  });

  it("does for one of two operators what both ask, and says so to the other, also after the back button", async () => {
    await quarantine(stage.service.database, { inbox_key: "shared", reason: "UnknownTeam" });
    const address = "/console/quarantine/discard?group=UnknownTeam";
    const other = await stage.signIn("operator", address);
    await page.goto(address);
    for (const one of [page, other]) await one.getByLabel("Reason").fill("Not ours");
    await page.getByRole("button", { name: "Discard 1 message" }).click();
    await page.getByText("1 message discarded").waitFor();
    await other.getByRole("button", { name: "Discard 1 message" }).click();
    await other.getByText("The message is discarded. Someone else may have been quicker.").waitFor();
    await page.goBack();
    await page.getByText("No message of this group can be discarded now").waitFor();
    await checkPage(page);
    const [row] = await stage.service.database.query(
      "select count(*)::integer as actions from mpc_delius.operator_action where subject -> 'inboxKeys' ? 'shared'",
    );
    assert.deepEqual(row, { actions: 1 });
    await other.context().close();
  });

  it("is followed by many actions, a page at a time", async () => {
    await stage.service.database.query(
      `insert into mpc_delius.operator_action (actor, action, reason, subject)
       select 'A_PERSON', 'discard', 'A reason of many words <b>' || number || '</b>', '{"inboxKeys": ["key"]}'
       from generate_series(1, 60) number`,
    );
    await page.goto("/console/actions");
    await page.getByRole("link", { name: /^Older/ }).click();
    await page.getByRole("link", { name: /^Newest/ }).waitFor();
    await checkPage(page);
  });

  it("lets a viewer look and preview, and do nothing by any route", async () => {
    await quarantine(stage.service.database, { inbox_key: "viewed", reason: "UnknownTeam" });
    const viewer = await stage.signIn("viewer", "/console/quarantine");
    await checkPage(viewer);
    await viewer.goto("/console/quarantine/messages?reason=UnknownTeam");
    assert.equal(await viewer.getByRole("checkbox").count(), 0);
    await checkPage(viewer);
    await viewer.goto("/console/quarantine/discard?inboxKey=viewed");
    await viewer.getByText("You can look, not change").waitFor();
    assert.equal(await viewer.getByRole("button", { name: /Discard/ }).count(), 0);
    const form = await viewer.locator("input[name=form]").first().getAttribute("value");
    for (const name of ["replay", "discard", "restore", "cancel"]) {
      const answer = await viewer.request.post(`/console/quarantine/${name}`, {
        form: { form: form ?? "", inboxKey: "viewed", reason: "A try" },
        headers: { origin: stage.origin },
      });
      assert.equal(answer.status(), 403);
    }
    assert.deepEqual(await stateOf("viewed"), ["held 0"]);
  });

  it("answers what it does not know with a page that says so", async () => {
    for (const [path, status] of [
      ["/console/quarantine/messages?reason=Nothing", 400],
      ["/console/quarantine/messages?before=x", 400],
      ["/console/quarantine/replay?inboxKey=a%20b", 400],
      ["/console/quarantine/replay?group=Nothing", 400],
      ["/console/actions/999", 404],
      ["/console/actions?before=x", 400],
    ] as const) {
      const answer = await page.goto(path);
      assert.equal(answer?.status(), status, path);
    }
    await checkPage(page);
  });
});
