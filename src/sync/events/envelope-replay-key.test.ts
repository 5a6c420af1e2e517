import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keysOf, originalKey } from "./case-event.ts";

describe("the keys of a message", () => {
  it("are its own and those of its replays", () => {
    assert.deepEqual(keysOf("a"), ["a", "a#1", "a#2", "a#3", "a#4", "a#5"]);
  });

  it("lead back to its own", () => {
    assert.deepEqual(
      keysOf("a#b").map(originalKey),
      Array.from({ length: 6 }, () => "a#b"),
    );
  });
});
