import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { z } from "zod";
import { checkPage } from "./check-page.ts";
import { signInOn, startConsole, type ConsoleStage } from "./console-fixture.ts";
import { operate } from "./keyboard.ts";
import { addLongHistory } from "./long-history.ts";

const path = "/console/cases/X100002";
const nodeSchema = z.object({
  nodeId: z.string(),
  ignored: z.boolean(),
  role: z.object({ value: z.unknown() }).optional(),
  childIds: z.array(z.string()).default([]),
  name: z.object({ value: z.string() }).optional(),
  description: z.object({ value: z.string() }).optional(),
});
const treeSchema = z.object({ nodes: z.array(nodeSchema) });

/** Everything that a screen reader hears of the picture of a case, piece by piece. */
async function listHeard(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = treeSchema.parse(await session.send("Accessibility.getFullAXTree"));
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const collect = (id: string): readonly string[] => {
    const node = byId.get(id);
    if (node === undefined) return [];
    // A line of a text is the text again.
    const isSilent = node.ignored || node.role?.value === "InlineTextBox" || node.role?.value === "SvgText";
    const texts = isSilent ? [] : [node.name?.value, node.description?.value].map((text = "") => text);
    return [...texts, ...node.childIds.flatMap(collect)].filter((text) => text !== "");
  };
  const picture = nodes.find(({ ignored, name }) => !ignored && name?.value === "The case over time");
  assert.ok(picture);
  return picture.childIds.flatMap(collect);
}

const date = "Handover start date, 3 August 2026. Message of 5 January 2026 at 09:00";
const tick = "1 message, no change: 17 November 2022 at 00:00";
const com =
  "Dana Okafor, Leeds Community Team, Leeds Prison: from 5 January 2026 at 09:00, no end yet. Not made by this service";

/** Each row of the picture is said whole and once: neither its words nor what is shown where one points come again. */
function checkHeard(heard: readonly string[]): void {
  assert.equal(heard.length, new Set(heard).size, heard.join("\n"));
  assert.ok(heard.includes(date) && heard.includes(com));
  for (const part of ["Handover start date", "Dana Okafor", "Leeds Community Team"])
    assert.equal(heard.filter((text) => text.includes(part)).length, 1, part);
}

describe("what is at a part of the picture of a case", () => {
  let stage: ConsoleStage;
  before(async () => {
    stage = await startConsole();
    const { database } = stage.service;
    await addLongHistory(database, "X100002");
    // A message made one of the dates, so that it is a link.
    const change = { record: "key date", before: null, after: { type: "POM1", date: "2026-08-03" } };
    await database.query("update mpc_delius.journal set changes = $1 where inbox_key = 'history-1'", [
      JSON.stringify([change]),
    ]);
  });
  after(() => stage[Symbol.asyncDispose]());

  it("is said by the browser where one points, without script: of bars, dates and messages", async () => {
    await using context = await stage.open({ javaScriptEnabled: false });
    const page = await context.newPage();
    await signInOn(page, "viewer", path);
    for (const [part, titled] of [
      [".case-picture__bar, .case-picture__diamond", ":is(a, [role=img]):has(> title)"],
      [".case-picture__tick", ":has(> title)"],
    ] as const) {
      const [all, covered] = [page.locator(part), page.locator(`:is(${titled} :is(${part}), ${titled}:is(${part}))`)];
      assert.ok((await all.count()) > 1, part);
      assert.equal(await covered.count(), await all.count(), part);
    }
    assert.deepEqual(await page.locator(".case-picture__tick > title").last().allTextContents(), [tick]);
    checkHeard(await listHeard(page));
  });

  it("is shown at once by script to anyone who points, and said no second time", async () => {
    const page = await stage.signIn("viewer", path);
    assert.equal(await page.locator(".case-picture title").count(), 0);
    const details = page.locator(".case-details");
    for (const [part, text] of [
      [page.locator(".case-picture__diamond").first(), date],
      [page.locator(".case-picture__tick").last(), tick],
      [page.locator(".case-picture__bar--com").first(), com],
    ] as const) {
      await part.hover();
      assert.equal(await details.innerText(), text);
      await details.hover();
      assert.equal(await details.innerText(), text);
      checkHeard(await listHeard(page));
      await page.getByRole("heading", { level: 1 }).hover();
      await details.waitFor({ state: "hidden" });
    }
    await page.locator(".case-picture__tick").last().hover();
    await checkPage(page);
  });

  it("is shown to those who come by keyboard, until Escape or until they go on", async () => {
    const page = await stage.signIn("viewer", path);
    const details = page.locator(".case-details");
    await operate(page, page.getByRole("link", { name: date }), { press: "Shift" });
    assert.equal(await details.innerText(), date);
    await page.keyboard.press("Escape");
    assert.equal(await details.isVisible(), false);
    await page.keyboard.press("Shift+Tab");
    await operate(page, page.getByRole("link", { name: date }), { press: "Shift" });
    assert.equal(await details.isVisible(), true);
    await page.keyboard.press("Tab");
    assert.equal(await details.isVisible(), false);
  });
});
