import { z } from "zod";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { UnreadableRowError } from "../../platform/database/database-failure.ts";
import type { Fact } from "../fact/outcome.ts";
import type { Prepared, PreparedFact } from "./prepared-message.ts";

/** A row of Delius that blocks one case, however often it is tried: only a person can help. */
export interface DeliusFault {
  readonly outcome: "DeliusRefused" | "UnreadableRow";
  /** The table that the row is of, or would be; null where the database does not say. */
  readonly table: string | null;
  /** What is wrong, in a sentence; without a value of the row. */
  readonly reason: string;
}

/**
 * Does work on a message; where a row of Delius is at fault, does it again with the facts that it concerns ended, so that
 * they are quarantined with their reason at once, and the other fact is settled. Raises anything else that is raised.
 */
export async function withoutFaultyFacts<Value>(
  prepared: Prepared,
  work: (prepared: Prepared) => Promise<Value>,
): Promise<Value> {
  try {
    return await work(prepared);
  } catch (error) {
    const fault = findDeliusFault(error);
    const rest = fault === null ? null : endFaultyFacts(prepared, fault);
    if (rest === null) throw error;
    return await withoutFaultyFacts(rest, work);
  }
}

/** The fact that rows of a table are about; what both facts read is not named. */
const factOfTable: ReadonlyMap<string | null, Fact> = new Map([
  ["key_date", "handover"],
  ["custody", "handover"],
  ["prison_offender_manager", "allocation"],
  ["responsible_officer", "allocation"],
  ["contact", "allocation"],
  ["staff", "allocation"],
  ["staff_team", "allocation"],
  ["team", "allocation"],
  ["probation_area", "allocation"],
]);

/**
 * The message with every fact ended that a row of Delius is at fault for: the fact that its table is about, or all that
 * were still open where that is not clear. Null when none is open any more.
 */
function endFaultyFacts(prepared: Prepared, { outcome, table, reason }: DeliusFault): Prepared | null {
  const open = prepared.preparedFacts.filter(({ kind }) => kind === "answer");
  const concerned = open.filter(({ fact }) => fact === factOfTable.get(table));
  const faulty = concerned.length > 0 ? concerned : open;
  if (faulty.length === 0) return null;
  const end = (preparedFact: PreparedFact): PreparedFact =>
    preparedFact.kind === "answer" && faulty.includes(preparedFact)
      ? { kind: "ended", fact: preparedFact.fact, outcome, reason, answer: preparedFact.answer }
      : preparedFact;
  return { ...prepared, preparedFacts: prepared.preparedFacts.map(end) };
}

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
