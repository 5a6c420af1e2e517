/** The middle of some readings, and how far they spread. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Something that can be measured again and again. */
export interface Contender<Reading> {
  readonly name: string;
  /** One measurement. */
  measure(): Promise<Reading>;
}

/**
 * Measures contenders in turn, so that all of them meet the same machine: one round that is not counted, then the counted
 * ones. Answers the readings of each, round by round.
 */
export async function interleave<Reading>(
  contenders: readonly Contender<Reading>[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Reading[]>> {
  const readings = new Map<string, Reading[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const reading = await contender.measure();
      if (round > 0) readings.get(contender.name)?.push(reading);
    }
  }
  return readings;
}

/** Raises where there is nothing to tell of. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const half = Math.floor(sorted.length / 2);
  const [least, most, middle] = [sorted.at(0), sorted.at(-1), sorted[half]];
  if (least === undefined || most === undefined || middle === undefined) throw new Error("Nothing was measured.");
  const median = sorted.length % 2 === 1 ? middle : ((sorted[half - 1] ?? middle) + middle) / 2;
  return { median, least, most };
}

/** The ratio of two contenders' readings, round by round: what troubles the machine troubles both. */
export function ratioOf(ours: readonly number[], others: readonly number[]): Spread {
  return spreadOf(ours.map((own, round) => own / (others[round] ?? Number.NaN)));
}
