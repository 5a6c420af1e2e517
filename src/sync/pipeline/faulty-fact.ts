import type { Fact } from "../fact/outcome.ts";
import type { Prepared, PreparedFact } from "./prepared-message.ts";

/** A row of Delius that stands in the way of one case, however often it is tried: only a person can help. */
export interface DeliusFault {
  readonly outcome: "DeliusRefused" | "UnreadableRow";
  /** The table that the row is of, or would be; null where the database does not say. */
  readonly table: string | null;
  /** What is wrong, in a sentence; without a value of the row. */
  readonly reason: string;
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
export function endFaultyFacts(prepared: Prepared, { outcome, table, reason }: DeliusFault): Prepared | null {
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
