import { renderAddresses, type Address } from "./report.ts";
import { listAddresses } from "./sandbox-addresses.ts";
import type { RunningParts } from "./sandbox-state.ts";
import { narrowest, paint, wrap, type Terminal } from "./terminal.ts";

const commands = [
  ["npm run send -- --help", "send an event, a duplicate or a poison message"],
  ["npm run explain -- A1001AA", "what happened to one person, and why"],
  ["npm run reconcile", "where Delius and Manage POM Cases differ"],
  ["npm run status", "these addresses, tokens for the API, the last messages"],
  ["npm start -- --story", "what the scenario did, as a table"],
] as const;

/** What runs, where it is, and what to try next: about twenty lines, and a line for each of the `details`. */
export function renderOverview(terminal: Terminal, parts: RunningParts, details: readonly Address[]): string {
  const { width } = terminal;
  const longest = Math.max(...commands.map(([command]) => command.length));
  const isNarrow = width < narrowest;
  const rows = commands.flatMap(([command, effect]) =>
    isNarrow
      ? [`  ${command}`, ...wrap({ text: effect }, width - 4).map((line) => `    ${line}`)]
      : [`  ${command.padEnd(longest)}  ${effect}`],
  );
  const page = "Act as a user of Manage POM Cases on the simulator's page; what comes of it is printed here. Or type:";
  return [
    renderAddresses(terminal, [...listAddresses(parts), ...details]),
    ...parts.moved.flatMap((sentence) =>
      wrap({ text: sentence }, width).map((line) => paint(terminal, line, "notable")),
    ),
    ...wrap({ text: page }, width),
    ...rows,
    "",
  ].join("\n");
}
