import { z } from "zod";
import type { DeliusFault } from "./faulty-fact.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { UnreadableRowError } from "../../platform/database/unreadable-row.ts";

const databaseErrorSchema = z.object({
  code: z.string(),
  schema: z.string().optional(),
  table: z.string().optional(),
  column: z.string().optional(),
  constraint: z.string().optional(),
});

// What does not fit a column, what breaks a constraint, and what a trigger refuses in words of its own.
const refusals = /^(?:22|23)...$|^P0001$/;

/**
 * Reads whether a failure is a refusal of the row itself or a row that cannot be read, and not of the connection, a lock
 * or another transaction, which pass (rule D8). Null for anything else, our own tables among it.
 */
export function findDeliusFault(error: unknown): DeliusFault | null {
  if (error instanceof UnreadableRowError) {
    return { outcome: "UnreadableRow", table: error.table, reason: error.message };
  }
  if (!(error instanceof DependencyError) || error.dependency !== "database") return null;
  const { data } = databaseErrorSchema.safeParse(error.cause);
  if (data === undefined || data.schema === "mpc_delius" || !refusals.test(data.code)) return null;
  return { outcome: "DeliusRefused", table: data.table ?? null, reason: describeRefusal(data) };
}

function describeRefusal({ code, table, column, constraint }: z.infer<typeof databaseErrorSchema>): string {
  const row = table === undefined ? "the row" : `the row of ${table}`;
  const by = [
    ...(constraint === undefined ? [] : [`constraint ${constraint}`]),
    ...(column === undefined ? [] : [`column ${column}`]),
    `SQL state ${code}`,
  ];
  return `Delius refuses ${row}: ${by.join(", ")}.`;
}
