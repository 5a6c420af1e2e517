import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page, Request } from "playwright-core";
import { z } from "zod";

const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Bytes that a page may weigh on the wire, with its files and without those that a browser keeps. */
const maxBytes = { first: 150 * 1024, next: 30 * 1024 } as const;

/** What each page that was checked weighed, by its path: bytes of itself, and with its files. */
const weights = new Map<string, { readonly document: number; readonly all: number }>();

/** What the pages that this process checked weighed, in one line. */
export function describeWeights(): string {
  const pages = [...weights].map(([path, { document, all }]) => `${path} ${document} of ${all}`);
  return `Bytes of each page, of all that its first load brings: ${pages.join(", ")}`;
}

/**
 * Everything that holds for every page in every state: axe finds nothing, nothing is lost at 320 px and with text twice
 * as large, the keyboard reaches everything visibly, forced colours leave it usable, it works without script, no style or
 * script is refused by the page's own policy, and it is light. Leaves the page as it was.
 */
export async function checkPage(page: Page): Promise<void> {
  await checkTitle(page);
  await checkAccessibility(page, "as it is");
  await checkNarrow(page);
  await checkLargeText(page);
  await checkKeyboard(page);
  await checkAnew(page);
}

async function checkTitle(page: Page): Promise<void> {
  const [title, headings] = [await page.title(), await page.getByRole("heading", { level: 1 }).count()];
  assert.match(title, /^.+ – Manage POM Cases and Delius$/, "the title says where one is");
  assert.equal(headings, 1, "a page has one main heading");
}

const violationsSchema = z.array(
  z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
);

async function checkAccessibility(page: Page, state: string): Promise<void> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(await axe);
  const found = await page.evaluate("axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)");
  const violations = violationsSchema.parse(found).map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`);
  assert.deepEqual(violations, [], `axe finds nothing wrong with ${page.url()} ${state}`);
}

/** Nothing sticks out to the right: wide tables and pictures scroll by themselves. */
export async function checkWidth(page: Page, state: string): Promise<void> {
  const excess = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  assert.equal(excess, 0, `${page.url()} fits the window ${state}`);
}

async function checkNarrow(page: Page): Promise<void> {
  const before = page.viewportSize();
  // What 1,280 px are at a zoom of 400 %.
  await page.setViewportSize({ width: 320, height: 700 });
  await checkWidth(page, "at 320 px");
  await checkAccessibility(page, "at 320 px");
  if (before !== null) await page.setViewportSize(before);
}

async function checkLargeText(page: Page): Promise<void> {
  await page.evaluate("document.documentElement.style.fontSize = '200%'");
  await checkWidth(page, "with text twice as large");
  // A round of axe takes long, so two states share one.
  await page.emulateMedia({ forcedColors: "active" });
  await checkAccessibility(page, "with text twice as large and with forced colours");
  await page.emulateMedia({ forcedColors: "none" });
  await page.evaluate("document.documentElement.style.fontSize = ''");
}

const reachable = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
const focusSchema = z.object({ name: z.string(), isVisible: z.boolean(), isEnd: z.boolean() });

/** Tab reaches all that can be operated, once around, and shows where it is. */
async function checkKeyboard(page: Page): Promise<void> {
  const wanted = await page.locator(reachable).filter({ visible: true }).count();
  await page.evaluate("document.activeElement?.blur(); window.getSelection()?.removeAllRanges()");
  const reached = new Set<string>();
  for (let step = 0; step <= wanted * 2 + 5 && reached.size < wanted; step += 1) {
    await page.keyboard.press("Tab");
    const focus = focusSchema.parse(await page.evaluate(describeFocus));
    // Where the focus was, the round begins; behind the last control it goes on at the first.
    if (focus.isEnd) continue;
    assert.ok(focus.isVisible, `the focus on ${focus.name} of ${page.url()} can be seen`);
    reached.add(focus.name);
  }
  assert.ok(reached.size >= wanted, `Tab reaches all ${wanted} controls of ${page.url()}, not ${reached.size}`);
}

// Each control gets a number on first sight, for two may look alike.
const describeFocus = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return { name: "", isVisible: false, isEnd: true };
  window.seenControls ??= new Map();
  const seen = window.seenControls;
  if (!seen.has(element)) seen.set(element, seen.size);
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const isMarked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return {
    name: seen.get(element) + " " + element.outerHTML.slice(0, 120),
    isVisible: isMarked && box.width > 0 && box.height > 0,
    isEnd: false,
  };
})()`;

/** Headings, fields and buttons, but for what comes once and what only script has a use for. */
const listControls = `[...document.querySelectorAll("main :is(h1, h2, h3, label, button)")]
  .filter((element) => !element.matches(".govuk-notification-banner *, .govuk-error-summary *, [data-select-all]"))
  .map((element) => element.textContent.trim().replaceAll(/\\s+/g, " "))`;

/** The page in a browser that has nothing of it yet, with what that browser refused. */
async function openAnew(page: Page, { javaScriptEnabled }: { readonly javaScriptEnabled: boolean }) {
  const browser = page.context().browser();
  assert.ok(browser !== null);
  const { origin, pathname, search } = new URL(page.url());
  const storageState = await page.context().storageState();
  const context = await browser.newContext({ baseURL: origin, javaScriptEnabled, storageState });
  const opened = await context.newPage();
  const refused: string[] = [];
  const requests: Request[] = [];
  opened.on("console", (message) => void (message.type() === "error" && refused.push(message.text())));
  opened.on("pageerror", (error) => void refused.push(error.message));
  opened.on("requestfinished", (request) => void requests.push(request));
  const response = await opened.goto(pathname + search);
  assert.ok(response !== null);
  assert.deepEqual(
    refused.filter((text) => !/status of (4|5)\d\d/.test(text)),
    [],
  );
  return { opened, requests, status: response.status(), [Symbol.asyncDispose]: () => context.close() };
}

/** The same page without script has the same headings, fields and buttons, and both are light. */
async function checkAnew(page: Page): Promise<void> {
  await using plain = await openAnew(page, { javaScriptEnabled: false });
  await using fresh = await openAnew(page, { javaScriptEnabled: true });
  // A page that answered a form is not there to be opened.
  if (plain.status === 200) await checkSame(plain.opened, fresh.opened);
  await checkWeight(fresh);
}

async function checkSame(plain: Page, fresh: Page): Promise<void> {
  assert.equal(await plain.locator("h1").innerText(), await fresh.locator("h1").innerText());
  // What is under way may have gone on meanwhile.
  if ((await plain.locator("[data-refresh]").count()) > 0) return;
  assert.deepEqual(await plain.evaluate(listControls), await fresh.evaluate(listControls), fresh.url());
}

/** With script and an empty cache, as a browser comes to it first. */
async function checkWeight({ opened, requests, status }: Awaited<ReturnType<typeof openAnew>>): Promise<void> {
  // Where a form alone is sent to, no page is.
  if (status === 405) return;
  const scripts = await opened.locator("script[src]").count();
  assert.ok(requests.filter((request) => request.resourceType() === "script").length >= scripts && scripts > 0);
  const [document, all] = await Promise.all([
    weigh(requests.filter((request) => request.resourceType() === "document")),
    weigh(requests),
  ]);
  assert.ok(document <= maxBytes.next, `${opened.url()} weighs ${document} bytes`);
  assert.ok(all <= maxBytes.first, `${opened.url()} weighs ${all} bytes with its files`);
  weights.set(new URL(opened.url()).pathname, { document, all });
}

async function weigh(requests: readonly Request[]): Promise<number> {
  const sizes = await Promise.all(requests.map((request) => request.sizes()));
  return sizes.reduce(
    (sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize,
    0,
  );
}
