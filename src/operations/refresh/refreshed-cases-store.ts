import { z } from "zod";
import { nomsNumberSchema, offenderIdSchema } from "../../delius/person/person.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";

const selectionSchema = z.union([
  z.object({ reconciliationRun: z.int() }),
  z.object({ nomsNumbers: z.array(nomsNumberSchema) }),
  z.unknown().transform(() => ({ nomsNumbers: [] })),
]);
const orderedSchema = z.object({
  startedAt: z.string(),
  removeStale: z.boolean(),
  lastOffender: offenderIdSchema.nullable(),
  isCancelled: z.boolean(),
  selection: selectionSchema,
});

/** Which cases a refresh run is about, and how far it has come; a run whose cases are not kept has no number. */
export type OrderedCases = Readonly<z.infer<typeof orderedSchema>>;

const find: Statement<OrderedCases, [refreshRun: string]> = {
  name: "find-refreshed-selection",
  text: `
    select to_json(started_at) #>> '{}' as "startedAt", remove_stale as "removeStale", last_offender as "lastOffender",
      cancelled_at is not null as "isCancelled", selection
    from mpc_delius.refresh_run where refresh_run_id = $1`,
  row: orderedSchema,
};

/** Which cases a run is about; null where there is no such run. */
export async function findOrderedCases(executor: Executor, refreshRun: string): Promise<OrderedCases | null> {
  const [found] = await executor.list(find, [refreshRun]);
  return found ?? null;
}
