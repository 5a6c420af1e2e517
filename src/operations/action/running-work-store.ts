import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { runningWorkSchema, type RunningWork } from "./running-work.ts";

const find: Statement<{ readonly work: RunningWork }> = {
  name: "get-running-work",
  text: `
    select json_strip_nulls(json_build_object(
      'replaying', (select count(distinct inbox_key) from (
        select inbox_key from mpc_delius.quarantine where state = 'replaying' fetch first 2000 rows only) under_way),
      'groups', coalesce((select json_agg(json_build_object('id', group_replay_id, 'group', quarantine_reason))
        from mpc_delius.group_replay where finished_at is null), '[]'),
      'reconciliation', (select reconciliation_run_id from mpc_delius.reconciliation_run where due_at is not null),
      'refreshes', coalesce((select json_agg(json_build_object('refreshRun', refresh_run_id,
          'isRepair', selection ->> 'reconciliationRun' is not null) order by started_at)
        from mpc_delius.refresh_run
        where due_at is not null and finished_at is null and cancelled_at is null), '[]'))) as work`,
  row: z.object({ work: runningWorkSchema }),
};

/** What long work is under way, on whichever replica. */
export async function getRunningWork(executor: Executor): Promise<RunningWork> {
  const [row] = await executor.list(find, []);
  if (row === undefined) throw new Error("The statement of running work answered no row.");
  return row.work;
}
