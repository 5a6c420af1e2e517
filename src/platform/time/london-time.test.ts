import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { formatLondonDate, formatLondonTime, londonDate, parseInstant } from "./london-time.ts";

const run = promisify(execFile);

describe("the date-time of an event", () => {
  const rows = [
    { text: "2026-04-02T10:30:00Z", means: "2026-04-02T10:30:00.000Z" },
    { text: "2026-04-02t10:30:00z", means: "2026-04-02T10:30:00.000Z" },
    { text: "2026-04-02T10:30Z", means: "2026-04-02T10:30:00.000Z" },
    { text: "2026-07-24T10:00:00+01:00", means: "2026-07-24T09:00:00.000Z" },
    { text: "2026-07-24T10:00:00+0100", means: "2026-07-24T09:00:00.000Z" },
    { text: "2026-07-24T10:00:00-05:30", means: "2026-07-24T15:30:00.000Z" },
    { text: "2026-04-02T10:30:00.123456789Z", means: "2026-04-02T10:30:00.123Z" },
    // Without a zone it is London wall time.
    { text: "2026-02-25T11:24:32.935401", means: "2026-02-25T11:24:32.935Z" },
    { text: "2026-07-25T11:24:32", means: "2026-07-25T10:24:32.000Z" },
    { text: "2026-07-25T11:24", means: "2026-07-25T10:24:00.000Z" },
    // The night in which the clocks go forward: 01:00 to 02:00 does not exist.
    { text: "2026-03-29T00:59:59", means: "2026-03-29T00:59:59.000Z" },
    { text: "2026-03-29T01:30:00", means: "2026-03-29T01:30:00.000Z" },
    { text: "2026-03-29T02:00:00", means: "2026-03-29T01:00:00.000Z" },
    // The night in which they go back: 01:00 to 02:00 exists twice, and the first is meant.
    { text: "2026-10-25T00:59:59", means: "2026-10-24T23:59:59.000Z" },
    { text: "2026-10-25T01:30:00", means: "2026-10-25T00:30:00.000Z" },
    { text: "2026-10-25T02:00:00", means: "2026-10-25T02:00:00.000Z" },
  ];
  for (const { text, means } of rows) {
    test(`${text} means ${means}`, () => {
      const instant = parseInstant(text);
      assert.equal(instant === null ? null : new Date(instant).toISOString(), means);
    });
  }

  const faulty = [
    "",
    "yesterday",
    "2026-04-02",
    "2026-04-02 10:30:00Z",
    "2026-02-30T10:00:00Z",
    "2026-02-30T10:00:00",
    "2026-13-01T10:00:00Z",
    "2026-04-02T25:00:00Z",
    "2026-04-02T10:61:00+01:00",
    "2026-04-02T10:30:00+99:00",
    "2026-04-02T10:30:00Z[Europe/London]",
    "1582629916147",
    "0000-01-01T00:00:00Z",
    "0999-12-31T23:59:59",
    "+002026-04-02T10:30:00Z",
  ];
  for (const text of faulty) {
    test(`is none in "${text}"`, () => {
      assert.equal(parseInstant(text), null);
    });
  }

  test("is never a fault of the program, no matter what the text", () => {
    const almost = fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:?\d\d)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        const instant = parseInstant(text);
        assert.ok(instant === null || Number.isSafeInteger(instant));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an instant in London", () => {
  const rows = [
    { instant: "2026-01-15T23:30:00Z", date: "2026-01-15", shown: "15/01/2026 23:30:00" },
    { instant: "2026-06-15T22:59:59Z", date: "2026-06-15", shown: "15/06/2026 23:59:59" },
    { instant: "2026-06-15T23:00:00Z", date: "2026-06-16", shown: "16/06/2026 00:00:00" },
    { instant: "2026-03-29T00:59:59.999Z", date: "2026-03-29", shown: "29/03/2026 00:59:59" },
    { instant: "2026-03-29T01:00:00Z", date: "2026-03-29", shown: "29/03/2026 02:00:00" },
    { instant: "2026-10-25T00:30:00Z", date: "2026-10-25", shown: "25/10/2026 01:30:00" },
    { instant: "2026-10-25T01:30:00Z", date: "2026-10-25", shown: "25/10/2026 01:30:00" },
    { instant: "2026-12-31T23:59:59Z", date: "2026-12-31", shown: "31/12/2026 23:59:59" },
  ];
  for (const { instant, date, shown } of rows) {
    test(`${instant} is ${shown}`, () => {
      const at = Date.parse(instant);
      assert.deepEqual([londonDate(at), formatLondonDate(at), formatLondonTime(at)], [date, shown.slice(0, 10), shown]);
    });
  }
});

test("decisions and readings are the same in every time zone of the machine (P17)", async () => {
  const probe = path.join(import.meta.dirname, "../../../test/support/time-zone-probe.ts");
  const readings = ["UTC", "Europe/London", "Pacific/Auckland"].map(async (zone) => {
    const { stdout } = await run(process.execPath, [probe], { env: { ...process.env, TZ: zone } });
    return stdout.split("\n");
  });
  const printed = await Promise.all(readings);
  const offsets = printed.map(([offset]) => offset);
  assert.deepEqual(offsets, ["0", "-60", "-720"]);
  const [utc, london, auckland] = printed.map(([, told]) => told);
  assert.ok(utc !== undefined && utc.length > 10_000);
  assert.equal(london, utc);
  assert.equal(auckland, utc);
});
