import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTest } from "./layer.ts";
import { lineAt, parseSource, readSources, type SourceFile } from "./source-file.ts";

type Statement = SourceFile["program"]["body"][number];

/** Every export is declared where it is named, and says what it promises. */
function findBadExports(file: SourceFile): readonly string[] {
  return file.program.body.flatMap((statement) => {
    const fault = judgeExport(file, statement);
    return fault === null ? [] : `${file.path}:${lineAt(file, statement.start)} ${fault}`;
  });
}

function judgeExport(file: SourceFile, statement: Statement): string | null {
  const { type } = statement;
  const isForwarding = type === "ExportNamedDeclaration" && statement.declaration === null;
  if (type === "ExportAllDeclaration" || isForwarding) return "a file exports only what it declares";
  if (type !== "ExportNamedDeclaration" || isReadOffValue(file, statement) || hasDocstring(file, statement))
    return null;
  return `${nameOf(file, statement)} has no docstring`;
}

/** A type that is read off a constant or a schema: that one says what it is. */
function isReadOffValue({ text }: SourceFile, { start, end }: Statement): boolean {
  return /^export type \w+ =[^{]*\btypeof /.test(text.slice(start, end));
}

function hasDocstring({ text, comments }: SourceFile, { start }: Statement): boolean {
  const above = comments.findLast(({ end }) => end <= start);
  const isBeside = above !== undefined && text.slice(above.end, start).trim() === "";
  return isBeside && above.type === "Block" && above.value.startsWith("*");
}

function nameOf({ text }: SourceFile, { start, end }: Statement): string {
  const named = /^export (?:declare |abstract |async )*[a-z]+\*? (\w+)/.exec(text.slice(start, end));
  return named?.[1] ?? "an export";
}

describe("exports", () => {
  it("carry a docstring, a name, and stand where they are declared", () => {
    const files = readSources("src", "sandbox", "docs", "bench", "deploy").filter(({ path }) => !isTest(path));
    assert.deepEqual(files.flatMap(findBadExports), []);
  });

  it("that break a rule are found", () => {
    const text = `
      export const one = 1;
      // Says it, but not to an editor.
      export function two() {}
      /** Says it. */
      export interface Three {}
      /** Says it of what is not exported. */
      const four = 4;
      export type Five = number;
      export type Seven = z.infer<typeof sevenSchema>;
      export { four };
      export * from "./six.ts";`;
    assert.deepEqual(findBadExports(parseSource("src/api/risk/rosh.ts", text)), [
      "src/api/risk/rosh.ts:2 one has no docstring",
      "src/api/risk/rosh.ts:4 two has no docstring",
      "src/api/risk/rosh.ts:9 Five has no docstring",
      "src/api/risk/rosh.ts:11 a file exports only what it declares",
      "src/api/risk/rosh.ts:12 a file exports only what it declares",
    ]);
  });
});
