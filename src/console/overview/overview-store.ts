import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { lastingClasses, type DriftClass } from "../../operations/reconciliation/drift.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { needsSchema, type Needs } from "./needs.ts";
import type { Count } from "./outcome-chart.ts";

/** What the overview is drawn from. */
export interface OverviewRow {
  readonly needs: Needs;
  readonly counts: readonly Count[];
}

const overview: Statement<
  OverviewRow,
  [waitingSince: Instant, since: Instant, seconds: number, lasting: readonly DriftClass[]]
> = {
  name: "get-overview",
  text: `
    select json_build_object(
      'quarantine', coalesce((select json_agg(held order by held.oldest) from (
        select reason, count(distinct inbox_key) as messages, min(first_seen) as oldest
        from mpc_delius.quarantine where state = 'held' group by reason) held), '[]'),
      'waiting', coalesce((select json_agg(late order by late.oldest) from (
        select waits_for as "waitsFor", count(*) as cases, min(since) as oldest
        from mpc_delius.waiting where since < to_timestamp($1 / 1000.0) group by waits_for) late), '[]'),
      'drift', (select json_build_object('id', run.reconciliation_run_id, 'finishedAt', run.finished_at,
        'differences', coalesce(found.differences, 0), 'lasting', coalesce(found.lasting, 0))
        from (
          select reconciliation_run_id, finished_at, totals from mpc_delius.reconciliation_run
          where finished_at is not null and selection ->> 'all' = 'true'
          order by finished_at desc
          fetch first 1 rows only
        ) run
        cross join lateral (
          select sum(number::bigint) filter (where class <> all($4::text[])) as differences,
            sum(number::bigint) filter (where class = any($4::text[])) as lasting
          from json_each_text(run.totals -> 'differences') counted (class, number)
        ) found),
      'lastFailure', (select max(failed_at) from mpc_delius.attempt)) as needs,
      coalesce((select json_agg(counted) from (
        select (extract(epoch from date_bin(make_interval(secs => $3), decided_at, to_timestamp($2 / 1000.0))) * 1000)::bigint
            as at, outcome_class as "outcomeClass", count(*)::integer as facts
        from mpc_delius.journal
        where decided_at >= to_timestamp($2 / 1000.0) and not dry_run
        group by 1, 2) counted), '[]') as counts`,
  row: z.object({
    needs: needsSchema,
    counts: z.array(z.object({ at: z.int(), outcomeClass: z.string(), facts: z.int() })),
  }),
};

/** Since when what waits has waited too long, and the stretches of time that messages are counted by. */
export interface OverviewTimes {
  readonly waitingSince: Instant;
  readonly since: Instant;
  readonly seconds: number;
}

/**
 * What is held, what waits too long, what the last reconciliation of all cases found and the last failed attempt; and what
 * messages came to since an instant, by stretches of so many seconds that begin with it.
 */
export async function getOverview(
  executor: Executor,
  { waitingSince, since, seconds }: OverviewTimes,
): Promise<OverviewRow> {
  const [row] = await executor.list(overview, [waitingSince, since, seconds, lastingClasses]);
  if (row === undefined) throw new Error("The overview's statement answered no row.");
  return row;
}
