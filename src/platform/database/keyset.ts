/** A column of an order, and the text of the value at which a page ends or begins. */
type Bound = readonly [column: string, value: string];

/** On which side of a place rows stand, and whether the row at that place is one of them. */
export interface Side {
  readonly compare: "<" | ">";
  readonly isIncluded?: boolean;
}

/**
 * The text of a condition: rows beyond a place of an order by several columns. It compares column by column, as every
 * engine does; the first bound stands alone, so that an index on the order begins there.
 */
export function isBeyond({ compare, isIncluded = false }: Side, bounds: readonly [Bound, ...Bound[]]): string {
  const [[column, value], second, ...others] = bounds;
  if (second === undefined) return `${column} ${compare}${isIncluded ? "=" : ""} ${value}`;
  const rest = isBeyond({ compare, isIncluded }, [second, ...others]);
  return `(${column} ${compare}= ${value} and (${column} ${compare} ${value} or ${rest}))`;
}
