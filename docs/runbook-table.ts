import { quarantineHelp } from "../src/operations/quarantine/quarantine-reason.ts";
import { alignRows, fillMarks, groupRows } from "./markdown-table.ts";

/** The runbook with its table of reasons to quarantine a message as the code has them. */
export function fillRunbook(text: string): string {
  const rows = Object.entries(quarantineHelp).map(
    ([outcome, { meaning, remedy }]) => [outcome, meaning, remedy] as const,
  );
  const table = alignRows([["Reason", "What it means", "What to do"], ...groupRows(rows)]);
  return fillMarks(text, { name: "reasons", rows: table });
}
