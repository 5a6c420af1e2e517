import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import { readSources } from "./source-file.ts";

// "offender manager" and "community manager" are words of the domain; a class that manages things is not.
const banned = /^(utils?|helpers?|common|managers?|misc|base|processors?|index)$/;
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;

function findBadNames(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const parts = file.replace(/(\.test)?\.ts$/, "").split("/");
    const words = parts.flatMap((part) => part.replaceAll(/(offender|community)-manager/g, "$1").split("-"));
    const faults = [
      ...parts.filter((part) => !kebab.test(part)).map((part) => `${part} is not kebab-case`),
      ...words.filter((word) => banned.test(word)).map((word) => `"${word}" says nothing: name what it does`),
    ];
    return faults.map((fault) => `${file}: ${fault}`);
  });
}

function findTwins(files: readonly string[]): readonly string[] {
  const byName = Map.groupBy(files, (file) => path.posix.basename(file));
  return [...byName.values()].filter((twins) => twins.length > 1).map((twins) => twins.join(" = "));
}

describe("file names", () => {
  const files = readSources("src", "sandbox", "test", "docs", "bench", "deploy").map((source) => source.path);

  it("are kebab-case words that say something", () => {
    assert.deepEqual(findBadNames(files), []);
  });

  it("are unique in the tree", () => {
    assert.deepEqual(findTwins(files), []);
  });

  it("that break a rule are found", () => {
    const bad = ["src/a/retryManager.ts", "src/a/index.ts", "src/common/a.ts", "src/a/date-utils.test.ts"];
    assert.deepEqual(findBadNames(bad), [
      "src/a/retryManager.ts: retryManager is not kebab-case",
      'src/a/index.ts: "index" says nothing: name what it does',
      'src/common/a.ts: "common" says nothing: name what it does',
      'src/a/date-utils.test.ts: "utils" says nothing: name what it does',
    ]);
    assert.deepEqual(findBadNames(["src/api/case-record/community-manager.ts"]), []);
    assert.deepEqual(findTwins(["src/a/one.ts", "src/b/two.ts", "test/one.ts"]), ["src/a/one.ts = test/one.ts"]);
  });
});
