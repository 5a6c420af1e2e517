import { z } from "zod";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import type { Claim } from "../fact/journal-record.ts";

const claim: Statement<{ readonly inboxKey: string }> = {
  name: "claim",
  text: `
    insert into mpc_delius.inbox (inbox_key, event_type, noms_number, crn, received_at)
    select inbox_key, event_type, noms_number, crn, to_timestamp(received_at / 1000.0)
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      as claimed (inbox_key, event_type, noms_number, crn, received_at)
    order by inbox_key
    on conflict do nothing
    returning inbox_key as "inboxKey"`,
  row: z.object({ inboxKey: z.string() }),
};

/**
 * Claims messages in key order and answers the keys that were free. It waits for another transaction that claims one
 * of them at this moment: free when that one rolls back, taken when it commits (rule E6).
 */
export async function claimMessages(tx: Transaction, claims: readonly Claim[]): Promise<ReadonlySet<string>> {
  const rows = await tx.list(claim, [
    claims.map(({ inboxKey }) => inboxKey),
    claims.map(({ eventType }) => eventType),
    claims.map(({ nomsNumber }) => nomsNumber),
    claims.map(({ crn }) => crn),
    claims.map(({ receivedAt }) => receivedAt),
  ]);
  return new Set(rows.map(({ inboxKey }) => inboxKey));
}

const countDelivery: Statement<unknown> = {
  name: "count-deliveries",
  text: `
    with repeated as materialized (
      select inbox_key, count(*) as times from unnest($1::text[]) as inbox_key group by inbox_key
    ), locked as materialized (
      select inbox.inbox_key, times from mpc_delius.inbox join repeated using (inbox_key)
      order by inbox_key for no key update of inbox
    )
    update mpc_delius.inbox set deliveries = deliveries + times, last_delivered_at = clock_timestamp()
    from locked where inbox.inbox_key = locked.inbox_key`,
  row: z.unknown(),
};

/**
 * Counts one more delivery of each of these messages, which were settled before (rule E6). Locks in key
 * order, so that two sets cannot wait for each other.
 */
export async function countDuplicates(executor: Executor, inboxKeys: readonly string[]): Promise<void> {
  await executor.list(countDelivery, [inboxKeys]);
}

const insertAttemptsStatement: Statement<unknown> = {
  name: "insert-attempts",
  text: `
    insert into mpc_delius.attempt (inbox_key, event_type, receives, dependency, error_class)
    select * from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[])`,
  row: z.unknown(),
};

/** A failed attempt at a message. */
export interface Attempt {
  readonly inboxKey: string;
  readonly eventType: string | null;
  readonly receives: number;
  readonly dependency: string;
  readonly errorClass: string;
}

/** Records failed attempts, in a transaction of their own. */
export async function insertAttempts(executor: Executor, attempts: readonly Attempt[]): Promise<void> {
  await executor.list(insertAttemptsStatement, [
    attempts.map(({ inboxKey }) => inboxKey),
    attempts.map(({ eventType }) => eventType),
    attempts.map(({ receives }) => receives),
    attempts.map(({ dependency }) => dependency),
    attempts.map(({ errorClass }) => errorClass),
  ]);
}
