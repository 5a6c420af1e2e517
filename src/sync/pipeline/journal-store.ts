import { z } from "zod";
import type { Statement, Transaction, Executor } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import { originalKey } from "../events/case-event.ts";
import { outcomeClasses, waitsFor, type Claim, type JournalEntry } from "../fact/outcome.ts";
import type { Crn, NomsNumber } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";

const record: Statement<unknown, [settlements: Json<ReturnType<typeof toRow>[]>]> = {
  name: "record-settlements",
  text: `
    with settled as materialized (
      select settlement.*,
        to_timestamp(received_ms / 1000.0) as received_at,
        to_timestamp(occurred_ms / 1000.0) as occurred_at,
        to_timestamp(decided_ms / 1000.0) as decided_at
      from json_to_recordset($1::json) as settlement (
        inbox_key text, original_key text, fact text, offender_id bigint, event_type text, noms_number text, crn text, occurred_ms bigint,
        received_ms bigint, decided_ms bigint, outcome text, outcome_class text, dry_run boolean, properties json,
        answer json, reasons json, changes json, trace_id text, waits_for text, body text, attributes json)
    ), journalled as (
      insert into mpc_delius.journal (inbox_key, fact, offender_id, event_type, noms_number, crn, occurred_at, received_at,
        decided_at, outcome, outcome_class, dry_run, properties, answer, reasons, changes, trace_id)
      select inbox_key, fact, offender_id, event_type, noms_number, crn, occurred_at, received_at,
        decided_at, outcome, outcome_class, dry_run, properties, answer, reasons, changes, trace_id
      from settled
    ), unblocked as (
      delete from mpc_delius.waiting using settled
      where waiting.noms_number = settled.noms_number and waiting.fact = settled.fact
        and settled.waits_for is null and not settled.dry_run
    ), waiting as (
      insert into mpc_delius.waiting (noms_number, fact, outcome, waits_for, inbox_key, since)
      select noms_number, fact, outcome, waits_for, inbox_key, decided_at
      from settled where waits_for is not null and not dry_run
      on conflict (noms_number, fact) do update
        set outcome = excluded.outcome, waits_for = excluded.waits_for, inbox_key = excluded.inbox_key
    ), replayed as (
      update mpc_delius.quarantine
      set state = 'settled', changed_at = settled.decided_at, due_at = null
      from settled
      where quarantine.inbox_key = settled.original_key and not settled.dry_run
        and quarantine.state in ('held', 'replaying')
        and (case when settled.outcome_class = 'quarantined'
          then quarantine.fact is null and settled.fact is not null
          else quarantine.fact is null or quarantine.fact is not distinct from settled.fact end)
    )
    insert into mpc_delius.quarantine
      (inbox_key, fact, event_type, noms_number, reason, error, body, attributes, first_seen, last_seen)
    select original_key, fact, event_type, noms_number, outcome, array_to_string(array(
      select json_array_elements_text(reasons)), ' '), body, attributes, received_at, decided_at
    from settled where outcome_class = 'quarantined' and not dry_run
    on conflict (inbox_key, fact) do update set last_seen = excluded.last_seen, reason = excluded.reason,
      error = excluded.error, state = 'held', changed_at = excluded.last_seen, due_at = null`,
  row: z.unknown(),
};

/**
 * Records how messages ended: journal, waiting list and quarantine, in one statement and in the transaction of their
 * effects. A replay settles what was quarantined, or quarantines it again (rule O3). A dry run leaves journal rows only
 * (rule O4).
 */
export async function recordEntries(tx: Transaction, settlements: readonly JournalEntry[]): Promise<void> {
  const rows = settlements.map(toRow);
  const text = JSON.stringify(rows);
  // To look at each value takes several times as long as to write it.
  await tx.list(record, [unstorable.test(text) ? JSON.stringify(rows, makeStorable) : text]);
}

// PostgreSQL's text holds neither the null character nor half a surrogate pair; noise may hold both. JSON escapes them.
const unstorable = /\\u(?:0000|d[89a-f])/;

function makeStorable(_name: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\uFFFD") : value;
}

function toRow(settlement: JournalEntry) {
  const { decision, dryRun, body, attributes } = settlement;
  const isKept = outcomeClasses[decision.outcome] === "quarantined";
  return {
    inbox_key: settlement.inboxKey,
    original_key: originalKey(settlement.inboxKey),
    fact: settlement.fact,
    offender_id: settlement.offenderId,
    event_type: settlement.eventType,
    noms_number: settlement.nomsNumber,
    crn: settlement.crn,
    occurred_ms: settlement.occurredAt,
    received_ms: settlement.receivedAt,
    decided_ms: settlement.decidedAt,
    outcome: decision.outcome,
    outcome_class: outcomeClasses[decision.outcome],
    dry_run: dryRun,
    properties: decision.properties,
    answer: settlement.answer,
    reasons: decision.reasons,
    changes: decision.changes ?? [],
    trace_id: settlement.traceId,
    waits_for: waitsFor[decision.outcome] ?? null,
    body: isKept ? body : null,
    attributes: isKept ? attributes : null,
  };
}

const claim: Statement<
  { readonly inboxKey: string },
  [
    inboxKeys: readonly string[],
    eventTypes: readonly (string | null)[],
    nomsNumbers: readonly (NomsNumber | null)[],
    crns: readonly (Crn | null)[],
    receivedAt: readonly Instant[],
  ]
> = {
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

const release: Statement<unknown, [inboxKeys: readonly string[]]> = {
  name: "release-claims",
  text: `delete from mpc_delius.inbox where inbox_key = any($1::text[])`,
  row: z.unknown(),
};

/** Gives claims of this transaction back: those messages may be claimed again when it has ended. */
export async function releaseMessages(tx: Transaction, inboxKeys: readonly string[]): Promise<void> {
  await tx.list(release, [inboxKeys]);
}

const countDelivery: Statement<unknown, [inboxKeys: readonly string[]]> = {
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

const insertAttemptsStatement: Statement<
  unknown,
  [
    inboxKeys: readonly string[],
    eventTypes: readonly (string | null)[],
    receives: readonly number[],
    dependencies: readonly string[],
    errorClasses: readonly string[],
  ]
> = {
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
