import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { keysOf } from "../../sync/fact/replay-key.ts";
import type { Trace } from "./action-result.ts";

const listTrace: Statement<Trace> = {
  name: "list-traces-of-action",
  text: `
    select asked.inbox_key as "inboxKey",
      coalesce((
        select json_agg(json_strip_nulls(json_build_object('state', state, 'error', error, 'sentAt', sent_at))
          order by quarantine_id)
        from mpc_delius.quarantine where quarantine.inbox_key = asked.inbox_key), '[]') as quarantined,
      coalesce((
        select json_agg(outcome order by journal_id) from mpc_delius.journal
        where journal.inbox_key = any(keys.all_keys) and decided_at >= $3::timestamptz), '[]') as outcomes,
      exists (select from mpc_delius.inbox where inbox.inbox_key = any(keys.all_keys)) as "isKnown",
      (select error_class from mpc_delius.attempt
        where attempt.inbox_key = any(keys.all_keys) and failed_at >= $3::timestamptz
        order by attempt_id desc limit 1) as failure
    from unnest($1::text[]) with ordinality as asked (inbox_key, place)
    cross join lateral (
      select array_agg(key) as all_keys from json_array_elements_text($2::json -> (asked.place::integer - 1)) key
    ) keys
    order by asked.place`,
  row: z.object({
    inboxKey: z.string(),
    quarantined: z.array(z.object({ state: z.string(), error: z.string(), sentAt: z.string().optional() })),
    outcomes: z.array(z.string()),
    isKnown: z.boolean(),
    failure: z.string().nullable(),
  }),
};

/** What is known of messages, and what became of them since an instant under the key of each and those of its replays. */
export function listTraces(executor: Executor, inboxKeys: readonly string[], since: string): Promise<readonly Trace[]> {
  return executor.list(listTrace, [inboxKeys, JSON.stringify(inboxKeys.map(keysOf)), since]);
}
