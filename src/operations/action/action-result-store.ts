import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { refreshEventType } from "../../sync/events/event-table.ts";
import { keysOf } from "../../sync/events/case-event.ts";
import type { Trace } from "./action-result.ts";
import { orderedRunSchema, type OrderedRun, type RunName } from "./action-summary.ts";

// No `fetch first` for the next action about a message: PostgreSQL would walk through all actions by their key for each.
const listTrace: Statement<
  Trace,
  [inboxKeys: readonly string[], suffixes: readonly string[], since: readonly string[], areReplays: readonly boolean[]]
> = {
  name: "list-traces-of-action",
  text: `
    select asked.inbox_key as "inboxKey",
      coalesce((
        select json_agg(json_strip_nulls(json_build_object('state', state, 'error', error, 'sentAt', sent_at,
          'isUnsent', sent_at is null and claimed_at is null))
          order by quarantine_id)
        from mpc_delius.quarantine where quarantine.inbox_key = asked.inbox_key), '[]') as quarantined,
      coalesce((
        select json_agg(outcome order by journal_id) from mpc_delius.journal
        where journal.inbox_key = any(keys.all_keys) and decided_at >= asked.since), '[]') as outcomes,
      coalesce((
        select (array_agg(next.action order by next.operator_action_id))[1] <> 'replay'
        from mpc_delius.operator_action next
        where asked.is_replay and next.subject -> 'inboxKeys' ? asked.inbox_key and next.taken_at > asked.since
          and next.action in ('replay', 'cancel-replay', 'cancel-group-replay')), false) as "isCancelled",
      exists (select 1 from mpc_delius.inbox where inbox.inbox_key = any(keys.all_keys)) as "isKnown",
      (select error_class from mpc_delius.attempt
        where attempt.inbox_key = any(keys.all_keys) and failed_at >= asked.since
        order by attempt_id desc fetch first 1 rows only) as failure
    from unnest($1::text[], $3::timestamptz[], $4::boolean[]) with ordinality as asked (inbox_key, since, is_replay, place)
    cross join lateral (
      select array_agg(asked.inbox_key || suffix) as all_keys from unnest($2::text[]) suffix
    ) keys
    order by asked.place`,
  row: z.object({
    inboxKey: z.string(),
    quarantined: z.array(
      z.object({ state: z.string(), error: z.string(), sentAt: z.string().optional(), isUnsent: z.boolean() }),
    ),
    outcomes: z.array(z.string()),
    isCancelled: z.boolean(),
    isKnown: z.boolean(),
    failure: z.string().nullable(),
  }),
};

/** A message, and the instant from which on what became of it counts. */
export interface AskedMessage {
  readonly inboxKey: string;
  readonly since: string;
  /** Whether it was replayed at that instant, which may have been cancelled. */
  readonly isReplay: boolean;
}

/** What is known of messages, and what became of each since an instant under its key and those of its replays. */
export async function listTraces(executor: Executor, asked: readonly AskedMessage[]): Promise<readonly Trace[]> {
  if (asked.length === 0) return [];
  const keys = asked.map(({ inboxKey }) => inboxKey);
  const [since, areReplays] = [asked.map((one) => one.since), asked.map(({ isReplay }) => isReplay)];
  return executor.list(listTrace, [keys, keysOf(""), since, areReplays]);
}

const listOrdered: Statement<OrderedRun, [refreshes: readonly string[], reconciliations: readonly number[]]> = {
  name: "list-ordered-runs",
  text: `
    with held as materialized (
      select distinct inbox_key from mpc_delius.quarantine where state = 'held' and event_type = '${refreshEventType}'
    )
    select 'refresh' as kind, refresh_run_id as id,
      case when cancelled_at is not null then 'cancelled' when finished_at is not null then 'finished'
        when held_at is not null then 'held' when due_at is not null then 'running' else 'unfinished' end as state,
      sent as done,
      (select count(*) from held where starts_with(inbox_key, 'refresh-' || refresh_run_id || '-')) as found
    from mpc_delius.refresh_run
    where refresh_run_id = any($1::text[])
    union all
    select 'reconciliation', reconciliation_run_id::text,
      case when finished_at is not null then 'finished' when cancelled_at is not null then 'cancelled'
        when due_at is not null then 'running' else 'unfinished' end,
      compared, (
        select coalesce(sum(number::bigint), 0)::bigint
        from json_each_text(totals -> 'differences') counted (class, number))
    from mpc_delius.reconciliation_run
    where reconciliation_run_id = any($2::bigint[])`,
  row: orderedRunSchema,
};

/** How runs stand; those that are not kept any more are left out. */
export async function listOrderedRuns(executor: Executor, names: readonly RunName[]): Promise<readonly OrderedRun[]> {
  if (names.length === 0) return [];
  const idsOf = (wanted: RunName["kind"]) => names.flatMap(({ kind, id }) => (kind === wanted ? id : []));
  return executor.list(listOrdered, [idsOf("refresh"), idsOf("reconciliation").map(Number)]);
}
