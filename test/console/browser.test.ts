import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openBrowser } from "../support/browser.ts";

const advice = /Install Chrome or Chromium, and set CHROMIUM_PATH to its program\.$/;
const none = { given: undefined, isThere: () => false };

describe("the browser of the tests", () => {
  it("is advised for where none comes with the packages and none is installed", async () => {
    for (const system of ["linux-arm64", "darwin-arm64", "darwin-x64"]) {
      await assert.rejects(openBrowser({ ...none, system }), advice);
    }
  });

  it("is the installed one there, and CHROMIUM_PATH's anywhere, with the same advice where it does not run", async () => {
    // The names of no program: what is tried is what the message names.
    const installed = {
      ...none,
      system: "darwin-arm64",
      isThere: (program: string) => program.includes("Chromium.app"),
    };
    await assert.rejects(openBrowser(installed), /^Error: \/Applications\/Chromium\.app\/.* does not run here\./);
    const given = { ...none, system: "linux-x64", given: "/not/there" };
    await assert.rejects(openBrowser(given), /^Error: \/not\/there does not run here\. Install Chrome or Chromium/);
  });
});
