import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readWords } from "./command-words.ts";

describe("the words of a command", () => {
  const chosen = [
    { words: {}, selection: null },
    { words: { all: true }, selection: { all: true } },
    { words: { noms: ["a1001aa,A1002AA", "A1003AA"] }, selection: { nomsNumbers: ["A1001AA", "A1002AA", "A1003AA"] } },
    { words: { prison: "lei" }, selection: { prison: "LEI" } },
    { words: { sample: "20" }, selection: { sample: 20 } },
  ];
  for (const { words, selection } of chosen) {
    it(`${JSON.stringify(words)} choose ${JSON.stringify(selection)}`, () => {
      assert.deepEqual(readWords(words)?.selection, selection);
    });
  }

  const faulty = [
    { all: true, prison: "LEI" },
    { noms: ["A1001AA,nobody"] },
    { noms: [""] },
    { prison: "'; drop" },
    { sample: "0" },
    { rate: "fast" },
    { parallel: "0" },
  ];
  for (const words of faulty) {
    it(`${JSON.stringify(words)} cannot be read`, () => {
      assert.equal(readWords(words), null);
    });
  }
});
