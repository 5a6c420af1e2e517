import { intakeStateSchema } from "../../sync/intake/intake-state.ts";
import { selectIntakeState } from "../../sync/intake/intake-state-store.ts";
import { runningWorkSchema } from "./running-work.ts";

/** Whether messages are to be let in, and what long work is under way, on whichever replica: columns of a statement. */
export const serviceStateColumns = `(${selectIntakeState}) as intake, json_strip_nulls(json_build_object(
      'replaying', (select count(distinct inbox_key) from (
        select inbox_key from mpc_delius.quarantine where state = 'replaying' fetch first 2000 rows only) under_way),
      'groups', coalesce((select json_agg(json_build_object('id', group_replay_id, 'group', quarantine_reason))
        from mpc_delius.group_replay where finished_at is null and cancelled_at is null), '[]'),
      'reconciliation', (select reconciliation_run_id from mpc_delius.reconciliation_run where due_at is not null),
      'refreshes', coalesce((select json_agg(json_build_object('refreshRun', refresh_run_id,
          'isRepair', selection ->> 'reconciliationRun' is not null,
          'heldAt', held_at) order by started_at)
        from mpc_delius.refresh_run
        where due_at is not null and finished_at is null and cancelled_at is null), '[]'))) as work`;

/** How these columns are read. */
export const serviceStateRow = { intake: intakeStateSchema, work: runningWorkSchema };
