import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";

const maxSteps = 120;

/** Goes to a control by the Tab key alone, from where the focus is. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let step = 0; step < maxSteps; step += 1) {
    await page.keyboard.press("Tab");
    if ((await control.and(page.locator(":focus")).count()) > 0) return;
  }
  assert.fail(`Tab does not reach ${String(control)} of ${page.url()}`);
}

/** Operates a control without the mouse: goes to it by Tab and presses a key there, or types a text. */
export async function operate(
  page: Page,
  control: Locator,
  how: { readonly press: string } | { readonly type: string },
) {
  await tabTo(page, control);
  await ("press" in how ? page.keyboard.press(how.press) : page.keyboard.type(how.type));
}
