import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { describeVariables } from "../../src/app/environment.ts";
import { bulkUpdateEventType, handledEventTypes, refreshEventType } from "../../src/sync/events/event-table.ts";

const root = path.resolve(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/from-the-original.md"), "utf8");

/** The cells of each row below a heading; code stands between backticks. */
function readRows(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.split("|").slice(1, -1));
}

const readCode = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

describe("the page for those who come from the original", () => {
  it("names for each difference a test that there is", () => {
    const headings = ["What callers of the API notice", "What changes in Delius", "What operators notice"];
    const differences = headings.flatMap(readRows);
    assert.ok(differences.length > 30, `${differences.length} differences`);
    for (const difference of differences) {
      const tests = readCode(difference.at(-1) ?? "");
      assert.ok(tests.length > 0, difference.join("|"));
      for (const file of tests) assert.ok(existsSync(path.join(root, file)), file);
    }
  });

  it("says where each variable that must be set comes from, and names none that we do not know", () => {
    const ours = readRows("Variables").flatMap(([, here = ""]) =>
      readCode(here).filter((code) => /^[A-Z_]+$/.test(code)),
    );
    const variables = describeVariables();
    const unknown = ours.filter((name) => !variables.some((variable) => variable.name === name));
    assert.deepEqual(unknown, []);
    const missing = variables.filter(({ name, unset }) => unset === "required" && !ours.includes(name));
    assert.deepEqual(missing, []);
  });

  it("names only event types that the service handles, and both that the two send themselves", () => {
    const types = readCode(page).filter((code) =>
      /^[a-z-]+(\.[a-z-]+)*\.(changed|allocated|refresh|bulk-update)$/.test(code),
    );
    const handled: readonly string[] = handledEventTypes;
    assert.deepEqual(
      types.filter((type) => !handled.includes(type)),
      [],
    );
    assert.ok(types.includes(refreshEventType) && types.includes(bulkUpdateEventType));
  });
});
