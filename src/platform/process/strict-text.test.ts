import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseJson, tooDeep } from "./strict-text.ts";

const nest = (levels: number, inside = "") => "[".repeat(levels) + inside + "]".repeat(levels);

describe("JSON that is nested", () => {
  const table = [
    { what: "64 lists deep", text: nest(64), isTooDeep: false },
    { what: "65 lists deep", text: nest(65), isTooDeep: true },
    { what: "65 levels of lists and objects", text: '[{"a":'.repeat(33), isTooDeep: true },
    { what: "100 lists side by side", text: `[${Array.from({ length: 100 }, () => "[]").join()}]`, isTooDeep: false },
    { what: "in brackets that are text", text: nest(60, JSON.stringify(nest(100))), isTooDeep: false },
    { what: "behind a text with an escaped quote", text: `["\\"",${nest(64)}`, isTooDeep: true },
    { what: "behind a text that ends with a backslash", text: `["\\\\",${nest(64)}`, isTooDeep: true },
  ];
  for (const { what, text, isTooDeep } of table) {
    it(`${what} is ${isTooDeep ? "" : "not "}too deep`, () => assert.equal(parseJson(text) === tooDeep, isTooDeep));
  }

  it("is measured by its levels, whatever its texts hold", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.string(), (levels, inside) => {
        assert.equal(parseJson(nest(levels, JSON.stringify(inside))) === tooDeep, levels > 64);
      }),
    );
  });
});
