import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setText } from "./terminal-text.ts";

const plain = { width: 24, hasEmphasis: false };

describe("text for a terminal", () => {
  it("is broken at spaces and set in, what follows by two more", () => {
    const text = setText(plain, [{ text: "one two three four five six", indent: 2 }, { text: "" }, { text: "end" }]);
    assert.equal(text, "  one two three four\n    five six\n\nend");
  });

  it("is broken anywhere where there is no space, and never beyond the width", () => {
    const text = setText(plain, [{ text: "x".repeat(60) }]);
    assert.deepEqual(
      text.split("\n").map(({ length }) => length),
      [22, 24, 18],
    );
  });

  it("stays readable where the terminal has hardly any width", () => {
    assert.equal(setText({ width: 1, hasEmphasis: false }, [{ text: "Nothing is lost." }]), "Nothing is lost.");
  });

  it("is emphasised on a terminal only", () => {
    const paragraph = { text: "Title", isStrong: true };
    assert.equal(setText(plain, [paragraph]), "Title");
    assert.equal(setText({ ...plain, hasEmphasis: true }, [paragraph]), "\u001B[1mTitle\u001B[22m");
  });

  it("commands no terminal, no matter what was stored", () => {
    const text = setText(plain, [{ text: "a\u001B[2Jb\nc\u202Ed" }]);
    assert.equal(text, "a\uFFFD[2Jb\uFFFDc\uFFFDd");
  });
});
