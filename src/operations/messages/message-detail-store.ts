import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import {
  explainedAttemptSchema,
  explainedDecisionSchema,
  explainedSettlementSchema,
  wholeDecisionSchema,
} from "./message-schema.ts";
import { quarantinedSchema } from "../quarantine/quarantine-schema.ts";

const inbox: Statement<{ readonly settlement: z.infer<typeof explainedSettlementSchema> }> = {
  name: "list-settlements-of-message",
  text: `
    select json_strip_nulls(json_build_object('inboxKey', inbox_key, 'eventType', event_type,
      'nomsNumber', noms_number, 'crn', crn, 'receivedAt', received_at, 'settledAt', settled_at,
      'deliveries', deliveries, 'lastDeliveredAt', last_delivered_at)) as settlement
    from mpc_delius.inbox where inbox_key = any($1::text[])
    order by settled_at, inbox_key`,
  row: z.object({ settlement: explainedSettlementSchema }),
};

/** How a message was settled under each of its keys. */
export async function listEntriesOf(executor: Executor, inboxKeys: readonly string[]) {
  return (await executor.list(inbox, [inboxKeys])).map(({ settlement }) => settlement);
}

const keptParts = wholeDecisionSchema.pick({ properties: true, answer: true, reasons: true, changes: true });

const journal: Statement<z.infer<typeof keptParts> & { readonly decision: z.infer<typeof explainedDecisionSchema> }> = {
  name: "list-journal-of-message",
  text: `
    select json_strip_nulls(json_build_object('inboxKey', inbox_key, 'fact', fact, 'outcome', outcome,
      'outcomeClass', outcome_class, 'dryRun', dry_run, 'occurredAt', occurred_at, 'receivedAt', received_at,
      'decidedAt', decided_at, 'traceId', trace_id)) as decision, properties, answer, reasons, changes
    from mpc_delius.journal where inbox_key = any($1::text[])
    order by journal_id`,
  row: z.object({ decision: explainedDecisionSchema, ...keptParts.shape }),
};

/** What was decided for a message under each of its keys, with everything that the journal keeps of it. */
export async function listDecisionsOf(executor: Executor, inboxKeys: readonly string[]) {
  return (await executor.list(journal, [inboxKeys])).map(({ decision, ...kept }) => ({ ...decision, ...kept }));
}

const attempts: Statement<{ readonly attempt: z.infer<typeof explainedAttemptSchema> }> = {
  name: "list-attempts-of-message",
  text: `
    select json_build_object('inboxKey', inbox_key, 'failedAt', failed_at, 'receives', receives,
      'dependency', dependency, 'errorClass', error_class) as attempt
    from mpc_delius.attempt where inbox_key = any($1::text[])
    order by attempt_id desc
    fetch first 200 rows only`,
  row: z.object({ attempt: explainedAttemptSchema }),
};

/** The newest failed attempts at a message, the oldest of them first. */
export async function listAttemptsOf(executor: Executor, inboxKeys: readonly string[]) {
  return (await executor.list(attempts, [inboxKeys])).map(({ attempt }) => attempt).toReversed();
}

const quarantine: Statement<{
  readonly message: z.infer<typeof quarantinedSchema>;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}> = {
  name: "list-quarantine-of-message",
  text: `
    select json_strip_nulls(json_build_object('inboxKey', inbox_key, 'fact', fact, 'eventType', event_type,
      'nomsNumber', noms_number, 'reason', reason, 'error', error, 'firstSeen', first_seen, 'lastSeen', last_seen,
      'state', state, 'since', changed_at, 'replays', replays, 'sentAt', sent_at)) as message, body, attributes
    from mpc_delius.quarantine where inbox_key = $1
    order by quarantine_id`,
  row: z.object({ message: quarantinedSchema, body: z.string(), attributes: z.record(z.string(), z.string()) }),
};

/** What is quarantined of a message, with the message itself. */
export async function listQuarantineOf(executor: Executor, inboxKey: string) {
  return (await executor.list(quarantine, [inboxKey])).map(({ message, ...kept }) => ({ ...message, ...kept }));
}
