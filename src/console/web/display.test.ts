import assert from "node:assert/strict";
import { test } from "node:test";
import { displayAgo, displayCount, displayDate, displayDuration, displayMoment, displayNumber } from "./display.ts";

const now = Date.parse("2026-11-28T14:59:30Z");

const rows: readonly (readonly [actual: string, expected: string])[] = [
  [displayNumber(0), "0"],
  [displayNumber(999), "999"],
  [displayNumber(1_000), "1,000"],
  [displayNumber(1_234_567), "1,234,567"],
  [displayCount(1, "message"), "1 message"],
  [displayCount(12_345, "message"), "12,345 messages"],
  [displayCount(2, "delivery", "deliveries"), "2 deliveries"],
  [displayDate("2026-11-28"), "28 November 2026"],
  [displayDate("2024-02-29"), "29 February 2024"],
  [displayDuration(400), "less than a second"],
  [displayDuration(59_999), "59 seconds"],
  [displayDuration(3_600_000), "1 hour"],
  [displayDuration(12 * 86_400_000), "12 days"],
  [displayAgo(now - 3 * 60_000, now), "3 minutes ago"],
  [displayAgo(now + 2 * 3_600_000, now), "in 2 hours"],
  [displayAgo(now, now), "just now"],
];

for (const [actual, expected] of rows) {
  test(`${expected} is shown so`, () => assert.equal(actual, expected));
}

test("a moment is shown in London's time, also in summer, with what machines read", () => {
  assert.deepEqual(displayMoment("2026-11-28T14:59:00.000+00:00", now), {
    ago: "30 seconds ago",
    exact: "28 November 2026 at 14:59",
    iso: "2026-11-28T14:59:00.000Z",
  });
  assert.equal(displayMoment(Date.parse("2026-07-01T23:05:00Z"), now).exact, "2 July 2026 at 00:05");
});
