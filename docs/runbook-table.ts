import { quarantineHelp } from "../src/operations/quarantine/quarantine-reason.ts";
import { driftHelp } from "../src/operations/reconciliation/drift-help.ts";
import { alignRows, fillMarks, groupRows } from "./markdown-table.ts";

type Help = Readonly<Record<string, { readonly meaning: string; readonly remedy: string }>>;

/** The runbook with its tables of reasons to quarantine a message and of classes of differences as the code has them. */
export function fillRunbook(text: string): string {
  const reasons = fillMarks(text, { name: "reasons", rows: writeTable("Reason", quarantineHelp) });
  return fillMarks(reasons, { name: "differences", rows: writeTable("Class", driftHelp) });
}

function writeTable(heading: string, help: Help): readonly string[] {
  const rows = Object.entries(help).map(([name, { meaning, remedy }]) => [name, meaning, remedy] as const);
  return alignRows([[heading, "What it means", "What to do"], ...groupRows(rows)]);
}
