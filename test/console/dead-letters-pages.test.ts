import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Page } from "playwright-core";
import { region } from "../../sandbox/queue-server.ts";
import { quarantine } from "../operations/stored-rows.ts";
import {
  eventTypes,
  handoverAnswer,
  handoverEvent,
  paths,
  toNotification,
  toPublication,
} from "../support/messages.ts";
import { listKeyDates } from "../support/written-rows.ts";
import { checkPage } from "./check-page.ts";
import { startConsole, type ConsoleStage } from "./console-fixture.ts";

const noms = "A1004AA";
const path = "/console/dead-letters";

describe("dead letters", () => {
  let stage: ConsoleStage;
  let page: Page;
  let client: SQSClient;
  before(async () => {
    stage = await startConsole({ maxReceiveCount: 1 });
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    client = new SQSClient({ region, endpoint: stage.service.queue.endpoint, credentials });
    page = await stage.signIn("operator", path);
  });
  after(async () => {
    client.destroy();
    await stage[Symbol.asyncDispose]();
  });

  const bury = (body: string) =>
    client.send(new SendMessageCommand({ QueueUrl: stage.service.queue.deadLetterQueueUrl, MessageBody: body }));
  const dead = async () => (await stage.service.queue.count()).dead;

  it("say that there are none and what would be there", async () => {
    await page.getByText("Nothing is on").waitFor();
    await checkPage(page);
  });

  it("lead from what failed to a redrive and its result, and leave quarantined messages alone", async () => {
    const { service } = stage;
    service.mpc.answerWith(paths.handover(noms), { status: 500, body: "" });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));
    await service.line(`${eventTypes.handover}-sent-to-dlq`, key);
    while ((await dead()) === 0) await page.goto(path);
    await quarantine(service.database, { inbox_key: "held" });
    await bury(toNotification(handoverEvent(service.mpc.origin, noms), "held"));
    service.mpc.answerWith(paths.handover(noms), handoverAnswer("2031-07-01"));

    await page.goto("/console");
    await page.getByRole("link", { name: "2 dead letters" }).click();
    await page.getByText("Manage POM Cases: HTTP 500").waitFor();
    assert.equal(await page.getByRole("checkbox").count(), 1);
    await checkPage(page);
    assert.equal(await dead(), 2);

    await page.getByRole("button", { name: "Redrive those chosen" }).click();
    await page.getByRole("link", { name: "Choose at least one message" }).click();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Redrive those chosen" }).click();
    await page.getByRole("heading", { name: "Preview: Redrive 1 dead letter" }).waitFor();
    await checkPage(page);
    await page.goto(path);
    await page.getByRole("button", { name: "Redrive the one dead letter" }).click();
    await page.getByText("Left where they are").waitFor();
    await page.getByRole("button", { name: "Redrive 1 dead letter" }).click();
    await page.getByLabel("Reason").fill("It answers again");
    await page.getByRole("button", { name: "Redrive 1 dead letter" }).dblclick();
    await page.getByText("1 dead letter sent to the queue again").waitFor();
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    await page.getByText("All done.").waitFor();
    assert.deepEqual(await listKeyDates(service.database, noms), ["POM2 2031-07-01 0"]);
    assert.equal(await dead(), 1);
    await page.getByRole("link", { name: "Back to where you were" }).click();
    await page.getByText("1 dead letter on").waitFor();
    const [row] = await service.database.query("select count(*)::integer as actions from mpc_delius.operator_action");
    assert.deepEqual(row, { actions: 1 });
  });

  it("can be looked at by a viewer, who moves none by any route", async () => {
    const viewer = await stage.signIn("viewer", path);
    await checkPage(viewer);
    assert.equal(await viewer.getByRole("button", { name: /Redrive/ }).count(), 0);
    const form = await viewer.locator("input[name=form]").first().getAttribute("value");
    const answer = await viewer.request.post(`${path}/redrive`, {
      form: { form: form ?? "", inboxKey: "held", reason: "A try" },
      headers: { origin: stage.origin },
    });
    assert.equal(answer.status(), 403);
    assert.equal(await dead(), 1);
  });

  it("are legible where they are many", async () => {
    const { mpc } = stage.service;
    const bodies = Array.from({ length: 30 }, (_, number) =>
      toNotification(handoverEvent(mpc.origin, noms), `many-${number}`),
    );
    await Promise.all(bodies.map(bury));
    await page.goto(path);
    await page.getByText("31 dead letters on").waitFor();
    await checkPage(page);
  });

  it("say so where the dead-letter queue is gone", async () => {
    await stage.service.queue.removeDeadLetterQueue();
    await page.goto(path);
    await page.getByText("There is no dead-letter queue.").waitFor();
    await checkPage(page);
  });
});
