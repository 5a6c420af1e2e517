import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isBeyond } from "./keyset.ts";

describe("the condition of a page", () => {
  test("of one column compares it", () => {
    assert.equal(isBeyond({ compare: ">" }, [["a", "$1"]]), "a > $1");
    assert.equal(isBeyond({ compare: ">", isIncluded: true }, [["a", "$1"]]), "a >= $1");
  });

  test("of several compares the next where one is equal", () => {
    const bounds = [
      ["a", "$1"],
      ["b", "$2"],
      ["c", "$3"],
    ] as const;
    assert.equal(isBeyond({ compare: "<" }, bounds), "(a <= $1 and (a < $1 or (b <= $2 and (b < $2 or c < $3))))");
    assert.equal(
      isBeyond({ compare: ">", isIncluded: true }, bounds),
      "(a >= $1 and (a > $1 or (b >= $2 and (b > $2 or c >= $3))))",
    );
  });
});
