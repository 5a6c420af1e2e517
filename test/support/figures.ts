/** How much the crash tests do: enough to fail in `npm test`, all of it in `npm run test:crash`. */
export interface Figures {
  readonly isWhole: boolean;
  readonly kills: number;
  readonly events: number;
  /** Messages that a machine makes up. */
  readonly fuzzed: number;
}

const short: Figures = { isWhole: false, kills: 6, events: 120, fuzzed: 5_000 };
const whole: Figures = { isWhole: true, kills: 100, events: 2_000, fuzzed: 100_000 };

/** The figures of this run. */
export const figures: Figures = process.env["TEST_FIGURES"] === "whole" ? whole : short;

/** Prints one figure a line, in a run of the whole figures. */
export function reportFigures(told: Readonly<Record<string, number | string>>): void {
  if (!figures.isWhole) return;
  const lines = Object.entries(told).map(([name, value]) => `${name}: ${value}\n`);
  process.stdout.write(lines.join(""));
}
