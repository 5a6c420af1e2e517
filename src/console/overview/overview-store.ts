import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { needsSchema, type Needs } from "./needs.ts";
import type { Count } from "./outcome-chart.ts";

const counts: Statement<Count> = {
  name: "list-outcome-counts",
  text: `
    select (extract(epoch from date_bin(make_interval(secs => $2), decided_at, to_timestamp($1 / 1000.0))) * 1000)::bigint
        as at, outcome_class as "outcomeClass", count(*)::integer as facts
    from mpc_delius.journal
    where decided_at >= to_timestamp($1 / 1000.0) and not dry_run
    group by 1, 2`,
  row: z.object({ at: z.int(), outcomeClass: z.string(), facts: z.int() }),
};

/** What messages came to since an instant, by stretches of so many seconds that begin with it. */
export function listOutcomeCounts(executor: Executor, since: Instant, seconds: number): Promise<readonly Count[]> {
  return executor.list(counts, [since, seconds]);
}

const needs: Statement<{ readonly needs: Needs }> = {
  name: "get-overview-needs",
  text: `
    select json_build_object(
      'quarantine', coalesce((select json_agg(held order by held.oldest) from (
        select reason, count(distinct inbox_key) as messages, min(first_seen) as oldest
        from mpc_delius.quarantine where state = 'held' group by reason) held), '[]'),
      'waiting', coalesce((select json_agg(late order by late.oldest) from (
        select waits_for as "waitsFor", count(*) as cases, min(since) as oldest
        from mpc_delius.waiting where since < to_timestamp($1 / 1000.0) group by waits_for) late), '[]'),
      'drift', (select json_build_object('id', run.reconciliation_run_id, 'finishedAt', run.finished_at,
        'differences', (select count(*) from mpc_delius.difference found
          where found.reconciliation_run_id = run.reconciliation_run_id and found.confirmed))
        from mpc_delius.reconciliation_run run where run.finished_at is not null
        order by run.reconciliation_run_id desc limit 1),
      'lastFailure', (select max(failed_at) from mpc_delius.attempt)) as needs`,
  row: z.object({ needs: needsSchema }),
};

/** What is held, what waits since before an instant, what the last reconciliation found, and the last failed attempt. */
export async function getNeeds(executor: Executor, waitingSince: Instant): Promise<Needs> {
  const [row] = await executor.list(needs, [waitingSince]);
  if (row === undefined) throw new Error("The overview's statement answered no row.");
  return row.needs;
}
