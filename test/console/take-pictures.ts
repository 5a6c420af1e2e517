import path from "node:path";
import type { Page } from "playwright-core";
import { useSandbox } from "../../sandbox/running-sandbox.ts";
import { openBrowser } from "../support/browser.ts";

// `npm run pictures`: takes the pictures of the console that README and docs/operators.md show, from the sandbox that runs.
// Take them of a fresh one, `npm start -- --fresh`, whose scenario has played.

const folder = path.resolve(import.meta.dirname, "../../docs/pictures");
const width = 1_100;

/** What a picture shows: a page from its top or from a heading on. */
interface Picture {
  readonly name: string;
  readonly path: string;
  readonly from?: string;
  readonly height: number;
}

const pictures: readonly Picture[] = [
  { name: "overview", path: "/console", height: 950 },
  { name: "case", path: "/console/cases/A1002AA", from: "Over time", height: 700 },
  { name: "messages", path: "/console/messages?outcomeClass=written", height: 1_050 },
  { name: "quarantine", path: "/console/quarantine", height: 620 },
];

process.exitCode = await useSandbox(process.env, async ({ api }) => {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ baseURL: api, locale: "en-GB", viewport: { width, height: 900 } });
    await page.goto("/console");
    await page.getByRole("button", { name: "Sign in as an operator" }).click();
    await page.waitForURL("**/console");
    for (const picture of pictures) await take(page, picture);
  } finally {
    await browser.close();
  }
  return 0;
});

async function take(page: Page, { name, path: address, from, height }: Picture): Promise<void> {
  await page.goto(address);
  const heading = from === undefined ? null : await page.getByRole("heading", { name: from }).boundingBox();
  const y = heading === null ? 0 : heading.y - 20;
  const file = path.join(folder, `${name}.png`);
  await page.screenshot({ path: file, clip: { x: 0, y, width, height }, fullPage: true });
  process.stdout.write(`${file}\n`);
}
