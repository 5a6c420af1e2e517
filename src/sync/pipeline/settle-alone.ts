import { DependencyError } from "../../platform/process/dependency-error.ts";
import { isPassing, repeatPassing } from "../../platform/process/retry-transient.ts";
import { findDeliusFault, withoutFaultyFacts } from "./delius-fault.ts";
import type { Prepared } from "./prepared-message.ts";
import type { Ending, Endings, SettleBatch } from "./settle-batch.ts";

// The server's names for a lock that did not come in time, and for a statement that took too long.
const lockNotAvailable = "55P03";
const queryCanceled = "57014";

/**
 * Whether a message that failed in a set may end otherwise alone: there it is given more time and more tries, and what Delius refuses for
 * good is quarantined.
 */
export function mayEndOtherwiseAlone(error: unknown): boolean {
  const isLate = error instanceof DependencyError && error.errorClass === queryCanceled;
  return isLate || isPassing(error) || findDeliusFault(error) !== null;
}

/**
 * Settles a message in a transaction of its own. It is tried again while it fails in a way that passes; a fact that a row of Delius is at
 * fault for is quarantined. Raises what else it fails with.
 */
export async function settleAlone(
  { settleBatch, random }: { readonly settleBatch: SettleBatch; readonly random: () => number },
  prepared: Prepared,
  signal: AbortSignal,
): Promise<Ending> {
  const endings = await withoutFaultyFacts(prepared, (rest) =>
    repeatPassing(() => settleUnlessLocked(settleBatch, rest, signal), { signal, random }),
  );
  const ending = "alone" in endings ? undefined : endings[0];
  if (ending === undefined || ending.kind === "failed") throw new Error("A message that stands alone was not settled.");
  return ending;
}

async function settleUnlessLocked(settleBatch: SettleBatch, prepared: Prepared, signal: AbortSignal): Promise<Endings> {
  try {
    return await settleBatch([prepared], { signal, way: "alone" });
  } catch (error) {
    if (error instanceof DependencyError && error.errorClass === lockNotAvailable) return [{ kind: "locked" }];
    throw error;
  }
}
