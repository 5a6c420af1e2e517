import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { renderAddresses } from "../../sandbox/report.ts";
import { paint, renderTable, wrap } from "../../sandbox/terminal.ts";

const plain = { width: 100, hasColour: false };
const colourful = { width: 100, hasColour: true };
const columns = [
  { title: "#", width: 2 },
  { title: "Done", share: 1 },
  { title: "Changed", share: 2 },
];
const rows = [
  [[{ text: "1", tone: "strong" as const }], [{ text: "MOIC POM becomes POM at Leeds".repeat(2) }], []],
  [[{ text: "2" }], [{ text: "short" }], [{ text: `+ ${"contact ".repeat(20)}`, tone: "good" as const, hanging: 2 }]],
];

describe("text", () => {
  const wrapped: readonly (readonly [text: string, width: number, lines: readonly string[]])[] = [
    ["", 10, [""]],
    ["fits well", 10, ["fits well"]],
    ["breaks at spaces", 10, ["breaks at", "spaces"]],
    ["offender-management.allocation.changed", 24, ["offender-management.", "allocation.changed"]],
    ["abcdefghijkl", 5, ["abcde", "fghij", "kl"]],
  ];
  for (const [text, width, lines] of wrapped) {
    it(`"${text}" is broken into lines of ${width}`, () => assert.deepEqual(wrap({ text }, width), lines));
  }

  it("that goes on is set in", () => {
    assert.deepEqual(wrap({ text: "+ a contact", hanging: 2 }, 9), ["+ a", "  contact"]);
  });

  it("is painted only where colour is wanted", () => {
    assert.equal(paint(plain, "text", "good"), "text");
    assert.equal(paint(colourful, "text", "good"), "\u001B[32mtext\u001B[39m");
    assert.equal(paint(colourful, "  ", "good"), "  ");
  });
});

describe("a table", () => {
  for (const width of [40, 79, 80, 100, 160]) {
    it(`keeps to ${width} columns and loses no word`, () => {
      const text = renderTable({ ...plain, width }, columns, rows);
      assert.ok(text.split("\n").every((line) => line.length <= width));
      assert.equal(text.match(/contact/g)?.length, 20);
    });
  }

  it("is the same with colour and without", () => {
    const coloured = renderTable(colourful, columns, rows);
    assert.notEqual(coloured, renderTable(plain, columns, rows));
    assert.equal(stripVTControlCharacters(coloured), renderTable(plain, columns, rows));
  });
});

describe("an address", () => {
  const address = "http://127.0.0.1:9091/a/long/path/that/somebody/wants/to/copy/as/a/whole";
  for (const width of [40, 100]) {
    it(`is not broken at ${width} columns`, () => {
      const text = renderAddresses({ ...plain, width }, [{ what: "Simulator", where: address, hint: "Act there." }]);
      assert.ok(text.includes(address));
      assert.match(text, /Act there\./);
    });
  }
});
