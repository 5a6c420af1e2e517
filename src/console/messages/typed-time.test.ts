import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readTypedTime } from "./typed-time.ts";

const read = (text: string) =>
  (["from", "to"] as const).map((edge) => {
    const instant = readTypedTime(text, edge);
    return instant === null ? null : new Date(instant).toISOString();
  });

describe("a time that is typed", () => {
  for (const [text, from, to] of [
    ["28/11/2026", "2026-11-28T00:00:00.000Z", "2026-11-28T23:59:59.999Z"],
    ["1.7.2026", "2026-06-30T23:00:00.000Z", "2026-07-01T22:59:59.999Z"],
    ["28/11/2026 14:30", "2026-11-28T14:30:00.000Z", "2026-11-28T14:30:59.999Z"],
    [" 28/11/2026,  9:05 ", "2026-11-28T09:05:00.000Z", "2026-11-28T09:05:59.999Z"],
    ["28 November 2026 at 14:59", "2026-11-28T14:59:00.000Z", "2026-11-28T14:59:59.999Z"],
    ["3 jul 2026", "2026-07-02T23:00:00.000Z", "2026-07-03T22:59:59.999Z"],
    ["2026-11-28", "2026-11-28T00:00:00.000Z", "2026-11-28T23:59:59.999Z"],
    ["2026-11-28T14:30", "2026-11-28T14:30:00.000Z", "2026-11-28T14:30:59.999Z"],
    // As the API takes it: a moment, and no stretch.
    ["2026-11-28T14:30:10+01:00", "2026-11-28T13:30:10.000Z", "2026-11-28T13:30:10.000Z"],
  ] as const) {
    it(`"${text}" is from ${from} to ${to}`, () => {
      assert.deepEqual(read(text), [from, to]);
    });
  }

  for (const text of [
    "yesterday",
    "31/4/2026",
    "28/13/2026",
    "28 Smarch 2026",
    "28/11/26",
    "28/11/2026 25:00",
    "14:30",
  ]) {
    it(`"${text}" is none`, () => {
      assert.deepEqual(read(text), [null, null]);
    });
  }
});
