import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Entry, Lane } from "./history.ts";
import { drawPicture, type Picture, type Row } from "./picture.ts";

const day = 24 * 60 * 60 * 1000;
const now = Date.parse("2026-04-02T12:00:00Z");

function period(from: number, to: number | null, rest: Partial<Entry> = {}): Entry {
  const moments = [now + from * day, to === null ? null : now + to * day];
  const words = { name: "Ruth Adeyemi", place: "Leeds", from: "", to: "", origin: null };
  return { kind: "period", style: "pom", ...words, moments, ...rest };
}

function draw(...entries: readonly Entry[]): Picture {
  const picture = drawPicture([{ title: "POM", entries }], now);
  assert.ok(picture);
  return picture;
}

const rowsOf = ({ lanes }: Picture) => lanes.flatMap(({ rows }) => rows);
const barsOf = (...entries: readonly Entry[]) => rowsOf(draw(...entries)).map(({ bars }) => bars);

describe("the picture of a case", () => {
  it("is none where there is nothing", () => assert.equal(drawPicture([], now), null));

  // Of 100 days up to now there are 3 % free on each side: a day is 0.94 % of the width.
  for (const [name, entry, wanted] of [
    ["that is over", period(-100, -50), [{ x: 2.83, width: 47.17, isFuture: false }]],
    [
      "that is open, on to the right edge",
      period(-100, null),
      [
        { x: 2.83, width: 94.34, isFuture: false },
        { x: 97.17, width: 2.83, isFuture: true },
      ],
    ],
    ["of no length, wide enough to be seen", period(-50, -50), [{ x: 50, width: 0.5, isFuture: false }]],
  ] as const) {
    it(`draws a period ${name}`, () => assert.deepEqual(barsOf(period(-100, -100), entry)[1], wanted));
  }

  it("draws what is still to come as such", () => {
    const [, [bar, ...others] = []] = barsOf(period(-100, 0), period(50, 100));
    assert.deepEqual([bar?.isFuture, others], [true, []]);
    assert.ok((bar?.x ?? 0) > draw(period(-100, 0), period(50, 100)).today);
  });

  it("gives periods that overlap or start together a row each", () => {
    const rows = rowsOf(draw(period(-10, null), period(-10, null), period(-20, -5)));
    assert.deepEqual(new Set(rows.map(({ y }) => y)).size, 3);
  });

  it("does not let a COM of long ago press the rest together", () => {
    const picture = draw(period(-100, null), period(-9_000, null, { style: "com" }));
    const [pom, com] = rowsOf(picture);
    assert.ok((pom?.bars[0]?.width ?? 0) > 90);
    assert.equal(com?.bars[0]?.x, 0);
  });

  it("marks dates and each message where they belong", () => {
    const date = period(0, 0, { kind: "date", style: "date", moments: [now + 100 * day] });
    const moments = [now, now - 50 * day, now - 100 * day];
    const messages = period(0, 0, { kind: "messages", style: "no change", moments });
    const [marked, ticked] = rowsOf(draw(date, messages));
    assert.deepEqual([marked?.diamonds, ticked?.style], [[97.17], "no-change"]);
    assert.deepEqual(
      ticked?.ticks.map(({ x }) => x),
      [50, 26.42, 2.83],
    );
  });

  it("leads from an officer to the message", () => {
    const [row] = rowsOf(draw(period(-1, null, { origin: { text: "Message", href: "#message-1" } })));
    assert.equal(row?.href, "#message-1");
  });

  it("shortens what does not fit and keeps the whole for who points at it", () => {
    const [row] = rowsOf(draw(period(-1, null, { name: "A".repeat(40) })));
    assert.deepEqual([row?.label.length, row?.title.startsWith("A".repeat(40))], [36, true]);
  });

  it("says what is at each mark: a date by its name, and the messages of a place by their number and times", () => {
    const origin = { text: "Message of 1 April 2026 at 09:00", href: "#message-1" };
    const name = "Handover date, 11 July 2026";
    const date = period(0, 0, { kind: "date", style: "date", name, place: "", origin });
    const minute = 60_000;
    const moments = [now, now - minute, now - 2 * minute, now - 50 * day];
    const messages = period(0, 0, { kind: "messages", style: "no change", moments });
    const [marked, ticked] = rowsOf(draw(date, messages, period(-100, null)));
    assert.equal(marked?.title, "Handover date, 11 July 2026. Message of 1 April 2026 at 09:00");
    assert.deepEqual(
      ticked?.ticks.map(({ title }) => title),
      [
        "3 messages, no change: 2 April 2026 at 12:58 to 2 April 2026 at 13:00",
        "1 message, no change: 11 February 2026 at 12:00",
      ],
    );
  });

  it("keeps 40 periods and 200 messages apart, and says how many there are", () => {
    const poms = Array.from({ length: 40 }, (_, index) => period(-40 * index - 40, index === 0 ? null : -40 * index));
    const ticks = period(0, 0, {
      kind: "messages",
      name: "200 messages changed Delius",
      moments: Array.from({ length: 200 }, (_, index) => now - index * 8 * day),
    });
    const lanes: readonly Lane[] = [
      { title: "POM", entries: poms },
      { title: "Messages", entries: [ticks] },
    ];
    const picture = drawPicture(lanes, now);
    assert.ok(picture);
    const rows = rowsOf(picture);
    assert.equal(picture.description, "POM: 40 periods; 200 messages changed Delius. The table below says the same.");
    assert.ok(rows.every(isInside));
    assert.ok(rows.every((row, index) => index === 0 || row.y - (rows[index - 1]?.y ?? 0) >= 2.75));
    assert.ok(rows.slice(0, 40).every(({ bars }) => bars.every(({ width }) => width > 1)));
    assert.equal(rows.at(-1)?.ticks.length, 200);
  });
});

function isInside({ bars, ticks }: Row): boolean {
  return bars.every(({ x, width }) => x >= 0 && x + width <= 100.01) && ticks.every(({ x }) => x >= 0 && x <= 100);
}
