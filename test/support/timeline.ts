import type { Instant } from "../../src/platform/time/london-time.ts";

/** A row that holds from its start until before its end. */
export interface Period {
  readonly start: Instant;
  readonly end: Instant | null;
}

/** The rows that hold at an instant. */
export function holdingAt<Row extends Period>(rows: readonly Row[], at: Instant): readonly Row[] {
  return rows.filter(({ start, end }) => start <= at && (end === null || end > at));
}

/** Every instant at which the number of rows that hold can change. Between two of them nothing happens. */
export function boundariesOf(...sets: readonly (readonly Period[])[]): readonly Instant[] {
  const all = sets.flat().flatMap(({ start, end }) => (end === null ? [start] : [start, end]));
  return [...new Set(all)].toSorted((a, b) => a - b);
}

/** Rows one after another: each ends at the latest when the next one starts; those that start together become one. */
export function putInSequence<Row extends Period>(rows: readonly Row[]): readonly Row[] {
  const sorted = rows.toSorted((a, b) => a.start - b.start);
  return sorted.flatMap((row, index) => {
    const next = sorted[index + 1]?.start;
    if (next === undefined || (row.end !== null && row.end <= next)) return [row];
    return next === row.start ? [] : [{ ...row, end: next }];
  });
}

/** The period with the start or the end of another one, as asked, where it stays a period. */
export function align(
  period: Period,
  other: Period,
  { start, end }: { readonly start: boolean; readonly end: boolean },
): Period {
  const aligned = { start: start ? other.start : period.start, end: end ? other.end : period.end };
  return aligned.end === null || aligned.start <= aligned.end ? aligned : other;
}
