import { createAllocationHandler } from "../sync/allocation/allocation-handler.ts";
import type { ComparisonConfig } from "./config.ts";
import { createHandoverHandler } from "../sync/handover/handover-store.ts";
import type { FactHandlers } from "../sync/pipeline/settle-batch.ts";

/** Makes what decides and writes each fact. For a preview, nothing is locked and nothing can be written. */
export function createHandlers(
  { rules, database: { username } }: Pick<ComparisonConfig, "rules" | "database">,
  { isPreview }: { readonly isPreview: boolean },
): FactHandlers {
  return {
    handover: createHandoverHandler({ nullDates: rules.nullDates, username }),
    allocation: createAllocationHandler({ username, isPreview }),
  };
}
