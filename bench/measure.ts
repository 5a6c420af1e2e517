import type { Spread } from "./rounds.ts";
import type { World } from "./world.ts";

/** What a figure is meant to reach. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One thing that was measured: the middle of its rounds and how far they spread. */
export interface Figure extends Spread {
  readonly measure: string;
  /** `×` for a ratio. */
  readonly unit: string;
  readonly goal?: Goal | undefined;
}

/** Figures of one kind side by side. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly (Spread & { readonly name: string })[];
}

/** What a benchmark came to. */
export interface Outcome {
  readonly figures: readonly Figure[];
  readonly charts: readonly Chart[];
}

/** What a benchmark runs in. */
export interface Bench {
  readonly world: World;
  /** How many cases the seeded database has. */
  readonly cases: number;
  /** Rounds that count; one more is run before them. */
  readonly rounds: number;
  /** Measures also what takes long. */
  readonly isFull: boolean;
}

/** Measures something of the service beside something else. */
export type Benchmark = (bench: Bench) => Promise<Outcome>;

/** Whether a figure reached its goal; null where it has none. */
export function isReached({ goal, median }: Pick<Figure, "goal" | "median">): boolean | null {
  if (goal === undefined) return null;
  return "atLeast" in goal ? median >= goal.atLeast : median <= goal.atMost;
}

/** A goal in words. */
export function describeGoal(goal: Goal | undefined): string {
  if (goal === undefined) return "";
  return "atLeast" in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
}

/** A number as one reads it: three digits that matter. */
export function writeNumber(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-GB");
  return String(Number(value.toPrecision(3)));
}
