import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { writeConfigurationPage } from "../../docs/configuration-page.ts";
import { findStaleDocuments, updateDocuments } from "../../docs/documents.ts";
import { alignRows, fillMarks, groupRows } from "../../docs/markdown-table.ts";

describe("generated documents", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "documents-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("are found out of step when they are missing or changed, and written", async () => {
    await writeFile(path.join(folder, "one.md"), "one");
    await writeFile(path.join(folder, "two.md"), "two, by hand");
    const wanted = ["one", "two", "three"].map((name) => ({ file: `${name}.md`, write: () => name }));
    const stale = await findStaleDocuments(folder, wanted);
    assert.deepEqual(
      stale.map(({ file }) => file),
      ["two.md", "three.md"],
    );
    assert.deepEqual(await updateDocuments(folder, wanted), ["two.md", "three.md"]);
    assert.equal(await readFile(path.join(folder, "two.md"), "utf8"), "two");
    assert.deepEqual(await findStaleDocuments(folder, wanted), []);
  });

  it("fill the table between two marks of a page, and nothing else of it", () => {
    const page = "Before\n<!-- one: written by npm run docs -->\n\n| old |\n\n<!-- end of one -->\nAfter\n";
    const rows = alignRows([
      ["Name", "Is"],
      ...groupRows([
        ["a", "same"],
        ["b", "same"],
        ["c", "other"],
      ]),
    ]);
    const filled = fillMarks(page, { name: "one", rows });
    assert.deepEqual(filled.split("\n"), [
      "Before",
      "<!-- one: written by npm run docs -->",
      "",
      "| Name     | Is    |",
      "| -------- | ----- |",
      "| `a`, `b` | same  |",
      "| `c`      | other |",
      "",
      "<!-- end of one -->",
      "After",
      "",
    ]);
    assert.equal(fillMarks(filled, { name: "one", rows }), filled);
    assert.throws(() => fillMarks(page, { name: "two", rows }), /no table between "<!-- two: written by npm run docs/);
  });

  it("say of each variable what it means, which values it takes and what holds without it", () => {
    const page = writeConfigurationPage([
      { name: "ONE", meaning: "a | b", allowed: "text", unset: "required" },
      { name: "TWO", meaning: "two", allowed: "true or false", unset: "optional" },
      { name: "THREE", meaning: "three", allowed: "a whole number from 1 to 3", unset: { value: "3" } },
      { name: "FOUR", meaning: "four", allowed: "text", unset: { value: "" } },
    ]);
    assert.deepEqual(
      page.split("\n").filter((line) => /^\| `[A-Z]+`/.test(line)),
      [
        "| `ONE` | a \\| b | text | **must be set** |",
        "| `TWO` | two | true or false | left out |",
        "| `THREE` | three | a whole number from 1 to 3 | `3` |",
        "| `FOUR` | four | text | empty |",
      ],
    );
  });
});
