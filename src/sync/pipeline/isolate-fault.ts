import { findDeliusFault } from "./delius-fault.ts";
import { endFaultyFacts } from "./faulty-fact.ts";
import type { Prepared } from "./prepared-message.ts";

/**
 * Does work on a message; where a row of Delius is at fault, does it again with the facts that it concerns ended, so that
 * they are set aside with their reason at once, and the other fact is settled. Raises whatever else is raised.
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
