import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { readSources, root } from "./source-file.ts";

interface Text {
  readonly path: string;
  readonly text: string;
}

const number = /[A-Z]\d+/g;

/** What a text cites: `rule A4`, `rules A4 to A6, S1`, a promise as `(P5)`; of a scenario, its field `rules`. */
function findCited({ path: file, text }: Text): readonly string[] {
  const found = file.endsWith(".json")
    ? text.match(/"rules": \[[^\]]*\]/g)
    : text.match(/\brules? [A-Z]\d+(?:(?:,| to| and)\s[A-Z]\d+)*|\((?:P\d+(?:, )?)+\)/g);
  return (found ?? []).flatMap((citation) => citation.match(number) ?? []);
}

/** Citations of rules that are not there, and of a document that is not in the repository. */
function findUnknown(texts: readonly Text[], rules: ReadonlySet<string>): readonly string[] {
  return texts.flatMap((text) => [
    ...findCited(text)
      .filter((rule) => !rules.has(rule))
      .map((rule) => `${text.path} cites ${rule}, which is not a rule of docs/rules.md or docs/promises.md`),
    ...(text.text.match(/\bspec \d[\w.]*/g) ?? []).map((found) => `${text.path} cites "${found}": cite docs/rules.md`),
  ]);
}

function findUncited(texts: readonly Text[], rules: ReadonlySet<string>): readonly string[] {
  const cited = new Set(texts.flatMap(findCited));
  return [...rules].filter((rule) => !cited.has(rule)).map((rule) => `rule ${rule} is cited nowhere in src/ or a test`);
}

function readRules(file: string, pattern: RegExp): ReadonlySet<string> {
  const text = readFileSync(path.join(root, file), "utf8");
  return new Set([...text.matchAll(pattern)].flatMap(([, rule]) => rule ?? []));
}

describe("rules", () => {
  const rules = readRules("docs/rules.md", /^- \*\*([A-Z]\d+)\*\*/gm);
  const promises = readRules("docs/promises.md", /^\W*(P\d+)\b/gm);
  const scenarios = globSync("test/scenarios/*/given.json", { cwd: root });
  const texts: readonly Text[] = [
    ...readSources("src", "sandbox", "test", "bench").filter((file) => !file.path.endsWith("rules.test.ts")),
    ...scenarios.map((file) => ({ path: file, text: readFileSync(path.join(root, file), "utf8") })),
  ];

  it("that are cited are written down", () => {
    assert.ok(rules.size > 40 && promises.size > 15 && scenarios.length > 50);
    assert.deepEqual(findUnknown(texts, new Set([...rules, ...promises])), []);
  });

  it("that are written down are cited in src/ or a test", () => {
    assert.deepEqual(findUncited(texts, rules), []);
  });

  it("that are not are found", () => {
    const given = [
      { path: "a.ts", text: "/** One (rules A1 to A3, S1). Two (spec 1.4). */ // rule Z9, (P1)" },
      { path: "given.json", text: '{ "rules": ["O1", "Z8"] }' },
    ];
    assert.deepEqual(findUnknown(given, new Set(["A1", "A3", "S1", "O1", "P1"])), [
      "a.ts cites Z9, which is not a rule of docs/rules.md or docs/promises.md",
      'a.ts cites "spec 1.4": cite docs/rules.md',
      "given.json cites Z8, which is not a rule of docs/rules.md or docs/promises.md",
    ]);
    assert.deepEqual(findUncited(given, new Set(["A1", "A2"])), ["rule A2 is cited nowhere in src/ or a test"]);
  });
});
