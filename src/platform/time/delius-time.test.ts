import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { deliusDateSchema, deliusTimeSchema, toDeliusTime, writeDeliusTime } from "./london-time.ts";

const readBack = (instant: number) => deliusTimeSchema.parse(writeDeliusTime(instant));

describe("an instant as Delius holds it", () => {
  const rows = [
    { instant: "2026-01-05T09:30:00.999Z", written: "2026-01-05T09:30:00", read: "2026-01-05T09:30:00.000Z" },
    { instant: "2026-06-15T12:00:00.600Z", written: "2026-06-15T13:00:00", read: "2026-06-15T12:00:00.000Z" },
    // The clocks go forward.
    { instant: "2026-03-29T00:59:59.999Z", written: "2026-03-29T00:59:59", read: "2026-03-29T00:59:59.000Z" },
    { instant: "2026-03-29T01:00:00Z", written: "2026-03-29T02:00:00", read: "2026-03-29T01:00:00.000Z" },
    // The clocks go back: 01:30 for the first and for the second time.
    { instant: "2026-10-25T00:30:00Z", written: "2026-10-25T01:30:00", read: "2026-10-25T00:30:00.000Z" },
    { instant: "2026-10-25T00:59:59.999Z", written: "2026-10-25T01:59:59", read: "2026-10-25T00:59:59.000Z" },
    { instant: "2026-10-25T01:00:00Z", written: "2026-10-25T01:59:59", read: "2026-10-25T00:59:59.000Z" },
    { instant: "2026-10-25T01:30:00Z", written: "2026-10-25T01:59:59", read: "2026-10-25T00:59:59.000Z" },
    { instant: "2026-10-25T02:00:00Z", written: "2026-10-25T02:00:00", read: "2026-10-25T02:00:00.000Z" },
  ];
  for (const { instant, written, read } of rows) {
    test(`${instant} is written ${written} and read ${read}`, () => {
      const time = Date.parse(instant);
      assert.equal(writeDeliusTime(time), written);
      assert.equal(new Date(readBack(time)).toISOString(), read);
      assert.equal(toDeliusTime(time), readBack(time));
    });
  }
});

describe("a time in a row of Delius", () => {
  const rows = [
    { text: "2026-06-15 13:00:00", read: "2026-06-15T12:00:00.000Z" },
    { text: "2026-06-15T13:00:00.9", read: "2026-06-15T12:00:00.000Z" },
    { text: "2026-06-15", read: "2026-06-14T23:00:00.000Z" },
    // Skipped by the clocks: another hand wrote it.
    { text: "2026-03-29T01:30:00", read: "2026-03-29T01:30:00.000Z" },
  ];
  for (const { text, read } of rows) {
    test(`${text} is ${read}`, () => {
      assert.equal(new Date(deliusTimeSchema.parse(text)).toISOString(), read);
    });
  }

  test("with a zone is refused, for it would be read an hour off", () => {
    assert.equal(deliusTimeSchema.safeParse("2026-06-15T12:00:00+00:00").success, false);
  });

  test("of day is left out of a date", () => {
    assert.deepEqual(
      ["2026-06-15", "2026-06-15T00:00:00", "2026-06-15 23:59:59"].map((text) => deliusDateSchema.parse(text)),
      ["2026-06-15", "2026-06-15", "2026-06-15"],
    );
  });
});

const instants = fc.integer({ min: Date.UTC(1972, 0), max: Date.UTC(2100, 0) });
const autumnNight = fc.integer({ min: Date.UTC(2026, 9, 24, 22), max: Date.UTC(2026, 9, 25, 4) });

test("whatever the instant, it is read as it was decided", () => {
  fc.assert(
    fc.property(fc.oneof(instants, autumnNight), (instant) => {
      const time = toDeliusTime(instant);
      assert.equal(readBack(instant), time);
      assert.equal(toDeliusTime(time), time);
      assert.ok(time <= instant && instant - time < 3_601_000);
    }),
  );
});

test("no later instant becomes an earlier time", () => {
  fc.assert(
    fc.property(fc.oneof(instants, autumnNight), fc.integer({ min: 0, max: 7_200_000 }), (instant, later) => {
      assert.ok(toDeliusTime(instant + later) >= toDeliusTime(instant));
    }),
  );
});

test("the wall time is the one that the time zone database tells", () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const wall = Temporal.Instant.fromEpochMilliseconds(toDeliusTime(instant)).toZonedDateTimeISO("Europe/London");
      assert.equal(writeDeliusTime(instant), wall.toPlainDateTime().toString({ smallestUnit: "second" }));
    }),
  );
});

test("a placeholder of long ago is written as it was read, whichever instant was asked about before", () => {
  const longAgo = fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(1848, 0) - 1 });
  fc.assert(
    fc.property(longAgo, longAgo, (before, instant) => {
      writeDeliusTime(before);
      const text = new Date(instant).toISOString().slice(0, 19);
      assert.equal(writeDeliusTime(deliusTimeSchema.parse(text)), text);
    }),
  );
});
