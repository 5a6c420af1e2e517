import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeCsvRow } from "./csv.ts";

describe("a line of CSV", () => {
  it("lets no cell begin as a formula does", () => {
    for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
      assert.ok(
        writeCsvRow([`${start}1`])
          .replace('"', "")
          .startsWith(`'${start}1`),
        JSON.stringify(start),
      );
    }
  });

  it("quotes what would end a cell or a line", () => {
    assert.equal(writeCsvRow(["plain", 'say "no"', "a,b", "two\nlines"]), 'plain,"say ""no""","a,b","two\nlines"\r\n');
  });
});
