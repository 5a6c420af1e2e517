import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import {
  explainedAttemptSchema,
  explainedDecisionSchema,
  explainedSettlementSchema,
  wholeDecisionSchema,
} from "./message-schema.ts";
import { quarantinedSchema } from "../quarantine/quarantine-schema.ts";

const kept = wholeDecisionSchema.pick({ properties: true, answer: true, reasons: true, changes: true });
const detailsRow = z.object({
  settlements: z.array(explainedSettlementSchema),
  journal: z.array(z.object({ decision: explainedDecisionSchema, kept })),
  attempts: z.array(explainedAttemptSchema),
  quarantine: z.array(
    z.object({ message: quarantinedSchema, body: z.string(), attributes: z.record(z.string(), z.string()) }),
  ),
});

const find: Statement<z.infer<typeof detailsRow>, [inboxKey: string, itsKeys: readonly string[]]> = {
  name: "get-message-details",
  text: `
    select
      coalesce((select json_agg(json_strip_nulls(json_build_object('inboxKey', inbox_key, 'eventType', event_type,
          'nomsNumber', noms_number, 'crn', crn, 'receivedAt', received_at, 'settledAt', settled_at,
          'deliveries', deliveries, 'lastDeliveredAt', last_delivered_at)) order by settled_at, inbox_key)
        from mpc_delius.inbox where inbox_key = any($2::text[])), '[]') as settlements,
      coalesce((select json_agg(json_build_object(
          'decision', json_strip_nulls(json_build_object('inboxKey', inbox_key, 'fact', fact, 'outcome', outcome,
            'outcomeClass', outcome_class, 'dryRun', dry_run, 'occurredAt', occurred_at, 'receivedAt', received_at,
            'decidedAt', decided_at, 'traceId', trace_id)),
          'kept', json_build_object('properties', properties, 'answer', answer, 'reasons', reasons,
            'changes', changes)) order by journal_id)
        from mpc_delius.journal where inbox_key = any($2::text[])), '[]') as journal,
      coalesce((select json_agg(json_build_object('inboxKey', inbox_key, 'failedAt', failed_at, 'receives', receives,
          'dependency', dependency, 'errorClass', error_class) order by attempt_id)
        from (select * from mpc_delius.attempt where inbox_key = any($2::text[])
          order by attempt_id desc fetch first 200 rows only) newest), '[]') as attempts,
      coalesce((select json_agg(json_build_object(
          'message', json_strip_nulls(json_build_object('inboxKey', inbox_key, 'fact', fact,
            'eventType', event_type, 'nomsNumber', noms_number, 'reason', reason, 'error', error,
            'firstSeen', first_seen, 'lastSeen', last_seen, 'state', state, 'since', changed_at, 'replays', replays,
            'sentAt', sent_at)), 'body', body, 'attributes', attributes) order by quarantine_id)
        from mpc_delius.quarantine where inbox_key = $1), '[]') as quarantine`,
  row: detailsRow,
};

/**
 * How a message was settled under each of its keys, what was decided for it with everything that the journal keeps, the
 * newest failed attempts at it, the oldest of them first, and what is quarantined of it, with the message itself.
 */
export async function getMessageDetails(executor: Executor, inboxKey: string, itsKeys: readonly string[]) {
  const [row] = await executor.list(find, [inboxKey, itsKeys]);
  if (row === undefined) throw new Error("The statement of a message answered no row.");
  return {
    ...row,
    journal: row.journal.map(({ decision, kept: parts }) => ({ ...decision, ...parts })),
    quarantine: row.quarantine.map(({ message, ...rest }) => ({ ...message, ...rest })),
  };
}
