import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTest } from "./layer.ts";
import { lineAt, parseSource, readSources, type SourceFile } from "./source-file.ts";

/** The linter limits each file. The comment share of one file is wider, since a file of types is mostly what they mean. */
const limits = { median: 75, p90: 190, comments: 0.1, fileComments: 0.3 } as const;

interface Size {
  readonly path: string;
  readonly lines: number;
  /** Lines that hold nothing but a comment. */
  readonly comments: number;
}

function measure(file: SourceFile): Size {
  const comments = file.comments.map(({ start, end }) => {
    const isAlone = /^\s*$/.test(file.text.slice(file.text.lastIndexOf("\n", start - 1) + 1, start));
    return isAlone ? lineAt(file, end) - lineAt(file, start) + 1 : 0;
  });
  return { path: file.path, lines: file.text.trimEnd().split("\n").length, comments: total(comments) };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function summarise(sizes: readonly Size[]) {
  const lines = sizes.map((size) => size.lines).toSorted((a, b) => a - b);
  const at = (share: number) => lines[Math.min(lines.length - 1, Math.floor(lines.length * share))] ?? 0;
  const comments = total(sizes.map((size) => size.comments)) / total(lines);
  return { files: lines.length, median: at(0.5), p90: at(0.9), max: at(1), comments };
}

function findChatty(sizes: readonly Size[]): readonly string[] {
  return sizes.flatMap(({ path, lines, comments }) => {
    const isChatty = !isTest(path) && lines > 20 && comments / lines > limits.fileComments;
    return isChatty ? [`${path} has ${comments} comment lines of ${lines}`] : [];
  });
}

/** Lengths are those of the service's own files; the share of comments is that of the tree, its unit tests included. */
function findHeavy(sizes: readonly Size[]): readonly string[] {
  const { median, p90 } = summarise(sizes.filter(({ path }) => !isTest(path)));
  const { comments } = summarise(sizes);
  const faults = [
    median > limits.median && `half of the files have ${median} lines or more, at most ${limits.median}`,
    p90 > limits.p90 && `one in ten files has ${p90} lines or more, at most ${limits.p90}`,
    comments > limits.comments && `comments are ${(comments * 100).toFixed(1)} % of the lines`,
  ];
  return faults.filter((fault) => fault !== false);
}

describe("sizes", () => {
  it("of each file's comments stay small", () => {
    const sizes = readSources("src", "sandbox", "docs", "bench", "deploy").map(measure);
    assert.deepEqual(findChatty(sizes), []);
  });

  it("of the service as a whole stay small", () => {
    const sizes = readSources("src").map(measure);
    const summary = summarise(sizes);
    assert.deepEqual({ ...summary, faults: findHeavy(sizes) }, { ...summary, faults: [] });
  });

  it("that break a limit are found", () => {
    const long = measure(parseSource("src/api/risk/rosh.ts", "const a = 1;\n".repeat(251)));
    const chatty = measure(
      parseSource("src/api/risk/rosh.ts", "/** Says\n it. */\nconst a = 1; // beside\n".repeat(10)),
    );
    assert.deepEqual(chatty, { path: "src/api/risk/rosh.ts", lines: 30, comments: 20 });
    assert.deepEqual(findChatty([long, chatty]), ["src/api/risk/rosh.ts has 20 comment lines of 30"]);
    assert.deepEqual(findHeavy([long]), [
      "half of the files have 251 lines or more, at most 75",
      "one in ten files has 251 lines or more, at most 190",
    ]);
    assert.deepEqual(findHeavy([chatty]), ["comments are 66.7 % of the lines"]);
  });
});
