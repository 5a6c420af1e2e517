import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import { facts } from "../../sync/fact/outcome.ts";
import { nomsNumberSchema, offenderIdSchema, type OffenderId } from "../../delius/person/person.ts";
import { refreshEventType } from "../../sync/events/event-table.ts";
import type { DriftClass } from "../reconciliation/drift.ts";
import { keyStart, listRepairable, type RefreshCase } from "./refresh-message.ts";
import { refreshStates, type RunStanding } from "./refresh-step.ts";

/** What a refresh run is asked to do. */
export interface RefreshOrder {
  readonly startedBy: string;
  readonly dryRun: boolean;
  readonly removeStale: boolean;
  /** Which cases, as it is kept. */
  readonly selection: Readonly<Record<string, unknown>>;
  /** Whether only the first few may be sent until these are judged; all at once by default. */
  readonly startsWithFew?: boolean;
}

const runRow = z.object({ refreshRun: z.string(), lastOffender: offenderIdSchema.nullable(), sent: z.int() });

/** A refresh run as it stands. */
export type RefreshRun = Readonly<z.infer<typeof runRow>>;

const runColumns = `refresh_run_id as "refreshRun", last_offender as "lastOffender", sent`;

const insert: Statement<
  RefreshRun,
  [
    startedBy: string,
    dryRun: boolean,
    removeStale: boolean,
    selection: Json<RefreshOrder["selection"]>,
    startsWithFew: boolean,
  ]
> = {
  name: "insert-refresh-run",
  text: `
    insert into mpc_delius.refresh_run (refresh_run_id, started_by, dry_run, remove_stale, selection, rest_at)
    select to_char(clock_timestamp(), 'YYYY-MM-DD') || '-' || coalesce(max(substr(refresh_run_id, 12)::integer), 0) + 1,
      $1, $2, $3, $4, case when not $5::boolean then clock_timestamp() end
    from mpc_delius.refresh_run where starts_with(refresh_run_id, to_char(clock_timestamp(), 'YYYY-MM-DD-'))
    on conflict do nothing
    returning ${runColumns}`,
  row: runRow,
};

/** Begins a run under the next number of the day. Where another run takes the number first, it takes the one after. */
export async function insertRefreshRun(executor: Executor, order: RefreshOrder): Promise<RefreshRun> {
  const { startedBy, dryRun, removeStale, selection, startsWithFew = false } = order;
  const asked = JSON.stringify(selection);
  for (;;) {
    const [run] = await executor.list(insert, [startedBy, dryRun, removeStale, asked, startsWithFew]);
    if (run !== undefined) return run;
  }
}

const findOpen: Statement<
  RefreshRun,
  [dryRun: boolean, removeStale: boolean, selection: Json<RefreshOrder["selection"]>]
> = {
  name: "find-open-refresh-run",
  text: `
    select ${runColumns} from mpc_delius.refresh_run
    where finished_at is null and due_at is null and dry_run = $1 and remove_stale = $2 and selection::jsonb = $3::jsonb
      and started_at > clock_timestamp() - interval '1 day'
    order by started_at desc
    fetch first 1 rows only`,
  row: runRow,
};

/** The newest run of the same order that was broken off within a day; not one that the service sends by itself. */
export async function findOpenRefreshRun(executor: Executor, order: RefreshOrder): Promise<RefreshRun | null> {
  const { dryRun, removeStale, selection } = order;
  const [run] = await executor.list(findOpen, [dryRun, removeStale, JSON.stringify(selection)]);
  return run ?? null;
}

const advance: Statement<
  unknown,
  [refreshRun: string, lastOffender: OffenderId | null, last: OffenderId, sent: number]
> = {
  name: "update-refresh-run",
  text: `
    with changed as (
      update mpc_delius.refresh_run set last_offender = $3, sent = sent + $4
      where refresh_run_id = $1 and last_offender is not distinct from $2 and finished_at is null
      returning 1
    )
    select mpc_delius.require_rows('refresh_run', 1, (select count(*) from changed))`,
  row: z.unknown(),
};

/** Moves a run forward; fails when another process has moved it meanwhile. */
export async function advanceRefreshRun(
  executor: Executor,
  { refreshRun, lastOffender }: RefreshRun,
  step: { readonly last: OffenderId; readonly sent: number },
): Promise<void> {
  await executor.list(advance, [refreshRun, lastOffender, step.last, step.sent]);
}

const getStanding: Statement<RunStanding, [refreshRun: string]> = {
  name: "get-refresh-standing",
  text: `
    select cancelled_at is not null as "isCancelled", rest_at is null as "isFirst",
      held_at is not null as "isHeld"
    from mpc_delius.refresh_run where refresh_run_id = $1`,
  row: z.object({ isCancelled: z.boolean(), isFirst: z.boolean(), isHeld: z.boolean() }),
};

/** How a run stands: operators and other replicas may have changed that meanwhile. */
export async function getRefreshStanding(executor: Executor, refreshRun: string): Promise<RunStanding> {
  const [standing] = await executor.list(getStanding, [refreshRun]);
  if (standing === undefined) throw new Error("The run is missing.");
  return standing;
}

const count: Statement<{ readonly settled: number }, [refreshRun: string, keyStart: string]> = {
  name: "count-settled-refreshes",
  text: `
    select count(*) as settled from mpc_delius.inbox
    where event_type = '${refreshEventType}' and starts_with(inbox_key, $2)
      and settled_at >= (select started_at from mpc_delius.refresh_run where refresh_run_id = $1)`,
  row: z.object({ settled: z.int() }),
};

/** How many messages of a run are settled. */
export async function countSettled(executor: Executor, refreshRun: string): Promise<number> {
  const [row] = await executor.list(count, [refreshRun, keyStart(refreshRun)]);
  return row?.settled ?? 0;
}

const finish: Statement<unknown, [refreshRun: string]> = {
  name: "finish-refresh-run",
  text: `update mpc_delius.refresh_run set finished_at = clock_timestamp() where refresh_run_id = $1`,
  row: z.unknown(),
};

/** Ends a run. */
export async function finishRefreshRun(executor: Executor, refreshRun: string): Promise<void> {
  await executor.list(finish, [refreshRun]);
}

const summaryRow = z.object({
  refreshRun: z.string(),
  startedBy: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** When an operator cancelled it; null where none did. */
  cancelledAt: z.string().nullable(),
  state: z.enum(refreshStates),
  dryRun: z.boolean(),
  removeStale: z.boolean(),
  /** The reconciliation whose differences it repairs; null for other refreshes. */
  reconciliationRun: z.int().nullable(),
  /** How many were ordered, as far as that was known from the first; of a finished run all that were sent. */
  cases: z.int(),
  sent: z.int(),
  /** How many of them are settled. */
  settled: z.int(),
  /** How many facts ended in each outcome so far. */
  outcomes: z.record(z.string(), z.int()),
});

/** What a refresh run came to. */
export type RefreshSummary = Readonly<z.infer<typeof summaryRow>>;

// A queue and its dead-letter queue keep a message that long, so it is settled by then or never.
const comesBack = "interval '28 days'";

const summary: Statement<RefreshSummary, [refreshRun: string, keyStart: string]> = {
  name: "find-refresh-summary",
  text: `
    select run.refresh_run_id as "refreshRun", run.started_by as "startedBy",
      to_json(run.started_at) #>> '{}' as "startedAt", to_json(run.finished_at) #>> '{}' as "finishedAt",
      to_json(run.cancelled_at) #>> '{}' as "cancelledAt",
      case when run.cancelled_at is not null then 'cancelled' when run.finished_at is not null then 'finished'
        when run.held_at is not null then 'held' when run.rest_at is not null then 'rest' else 'first' end as state,
      run.dry_run as "dryRun", run.remove_stale as "removeStale", run.sent,
      (run.selection ->> 'reconciliationRun')::bigint as "reconciliationRun",
      case when run.finished_at is not null and run.cancelled_at is null then run.sent
        else coalesce((run.selection ->> 'cases')::integer, run.sent) end as cases,
      (select count(*) from mpc_delius.inbox
        where event_type = '${refreshEventType}' and starts_with(inbox_key, $2) and settled_at >= run.started_at
          and settled_at < coalesce(run.finished_at + ${comesBack}, 'infinity')) as settled,
      coalesce((
        select json_object_agg(outcome, number order by outcome) from (
          select outcome, count(*) as number from mpc_delius.journal
          where event_type = '${refreshEventType}' and decided_at >= run.started_at and starts_with(inbox_key, $2)
            and decided_at < coalesce(run.finished_at + ${comesBack}, 'infinity')
          group by outcome) counted
      ), '{}') as outcomes
    from mpc_delius.refresh_run run
    where run.refresh_run_id = $1`,
  row: summaryRow,
};

/** What a run came to so far; null where there is no such run. */
export async function findRefreshSummary(executor: Executor, refreshRun: string): Promise<RefreshSummary | null> {
  const [row] = await executor.list(summary, [refreshRun, keyStart(refreshRun)]);
  return row ?? null;
}

const outcomeRow = z.object({ inboxKey: z.string(), outcome: z.string() });

/** How one fact of a refreshed case ended. */
export type RefreshOutcome = Readonly<z.infer<typeof outcomeRow>>;

const outcomesOf: Statement<RefreshOutcome, [inboxKeys: readonly string[]]> = {
  name: "list-refresh-outcomes",
  text: `
    select inbox_key as "inboxKey", outcome from mpc_delius.journal
    where inbox_key = any($1::text[])
    order by journal_id`,
  row: outcomeRow,
};

/** How the facts of messages with these keys ended. */
export function listRefreshOutcomes(
  executor: Executor,
  inboxKeys: readonly string[],
): Promise<readonly RefreshOutcome[]> {
  return executor.list(outcomesOf, [inboxKeys]);
}

const repairs: Statement<RefreshCase, [runId: number, classes: readonly DriftClass[], after: number, most: number]> = {
  name: "list-repairs",
  text: `
    select offender_id as "offenderId", noms_number as "nomsNumber", json_agg(distinct fact) as facts
    from mpc_delius.difference
    where reconciliation_run_id = $1 and confirmed and class = any($2::text[]) and offender_id > $3
    group by offender_id, noms_number
    order by offender_id
    fetch first $4 rows only`,
  row: z.object({ offenderId: offenderIdSchema, nomsNumber: nomsNumberSchema, facts: z.array(z.enum(facts)) }),
};

/** The cases that a refresh would repair, by key, after one of them. */
export function listRepairs(
  executor: Executor,
  { runId, removeStale }: { readonly runId: number; readonly removeStale: boolean },
  page: { readonly after: OffenderId | null; readonly most: number },
): Promise<readonly RefreshCase[]> {
  return executor.list(repairs, [runId, listRepairable(removeStale), page.after ?? 0, page.most]);
}
