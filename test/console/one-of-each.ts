import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { region } from "../../sandbox/queue-server.ts";
import { journalise, letWait, quarantine } from "../operations/stored-rows.ts";
import type { TestService } from "../support/service.ts";

/** The refresh that is among them. */
export const refreshRun = "2026-11-28-1";

/** Puts a row of each kind behind the pages of the console, under the number 1 where they ask for one, and a dead letter. */
export async function addOneOfEach({ database, queue }: TestService): Promise<void> {
  await journalise(database, { inbox_key: "1" });
  await quarantine(database, { inbox_key: "1", state: "discarded" });
  await quarantine(database, { inbox_key: "2" });
  await letWait(database, {});
  await database.query(
    `insert into mpc_delius.reconciliation_run (finished_at, selection, totals)
     values (now(), '{"all": true}', '{"differences": {"date-different": 300}, "deletes": {"extra": 0, "stale": 0}}')`,
  );
  await database.query(
    `insert into mpc_delius.difference (reconciliation_run_id, offender_id, noms_number, fact, class, outcome, confirmed)
     values (1, 1000, 'G0000ZZ', 'handover', 'date-different', 'KeyDateUpdated', true)`,
  );
  await database.query(
    `insert into mpc_delius.refresh_run (refresh_run_id, finished_at, started_by, dry_run, remove_stale, selection)
     values ($1, now(), 'A_PERSON', false, false, '{"reconciliationRun": 1}')`,
    [refreshRun],
  );
  await database.query(
    `insert into mpc_delius.group_replay (finished_at, ordered_by, order_reason, quarantine_reason, messages, settled)
     values (now(), 'A_PERSON', 'A reason', 'UnknownPrison', 7, 7)`,
  );
  await database.query(
    `insert into mpc_delius.operator_action (actor, action, reason, subject)
     values ('A_PERSON', 'replay', 'A reason', '{"inboxKeys": ["1"]}')`,
  );
  await bury(queue);
}

async function bury({ endpoint, deadLetterQueueUrl }: TestService["queue"]): Promise<void> {
  const client = new SQSClient({ region, endpoint, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  await client.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: '{"not": "an event"}' }));
  client.destroy();
}
