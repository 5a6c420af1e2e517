import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpError } from "../../platform/web/http-error.ts";
import { findFilterFaults, toSearch } from "./message-filters.ts";

const refuse = (...fields: readonly string[]) =>
  new HttpError({ status: 400, message: "no", fields: fields.map((field) => ({ field, message: "no" })) });

describe("the filters of messages", () => {
  it("become instants where a time was typed, and stay what they are otherwise", () => {
    assert.deepEqual(
      toSearch({ from: "28/11/2026", to: "28/11/2026 14:30", outcome: "PomAllocated", identifier: "x" }),
      {
        from: "2026-11-28T00:00:00.000Z",
        to: "2026-11-28T14:30:59.999Z",
        outcome: "PomAllocated",
        identifier: "x",
      },
    );
    assert.deepEqual(toSearch({ from: "yesterday" }), { from: "yesterday" });
  });

  it("have each fault at its field, in the order of the form, with what was typed", () => {
    const filters = { from: "yesterday", identifier: "nobody" };
    const faults = findFilterFaults(refuse("from", "identifier"), filters);
    assert.ok(faults);
    assert.deepEqual(
      faults.list.map(({ text, href }) => [text, href]),
      [
        ["Enter a CRN or a NOMS number, like X123456 or A1234BC", "#identifier"],
        ["From must be a date, or a date and a time, like 28/11/2026 14:30", "#from"],
      ],
    );
    assert.deepEqual([faults.byField["from"], faults.values], [faults.list[1]?.text, filters]);
  });

  it("have none where another part of the address does not fit", () => {
    assert.equal(findFilterFaults(refuse("before"), {}), null);
    assert.equal(findFilterFaults(refuse("from", "request"), {}), null);
    assert.equal(findFilterFaults(new HttpError({ status: 503, message: "busy" }), {}), null);
  });
});
