import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { deadLetterSchema } from "./dead-letter-schema.ts";

/** How often a message failed, and how it did last. */
export type Failures = Readonly<z.infer<typeof failuresSchema>>;

const failuresSchema = deadLetterSchema.pick({ inboxKey: true, eventType: true, attempts: true, lastFailure: true });

const listFailed: Statement<{ readonly failures: Failures }, [inboxKeys: readonly string[]]> = {
  name: "list-failures-of-dead-letters",
  text: `
    select json_strip_nulls(json_build_object(
      'inboxKey', asked.inbox_key, 'attempts', counted.attempts, 'eventType', last.event_type, 'lastFailure', last.failure
    )) as failures
    from unnest($1::text[]) as asked (inbox_key)
    cross join lateral (
      select count(*) as attempts from mpc_delius.attempt where attempt.inbox_key = asked.inbox_key
    ) counted
    left join lateral (
      select event_type, json_build_object(
        'failedAt', failed_at, 'dependency', dependency, 'errorClass', error_class) as failure
      from mpc_delius.attempt where attempt.inbox_key = asked.inbox_key
      order by attempt_id desc fetch first 1 rows only
    ) last on true`,
  row: z.object({ failures: failuresSchema }),
};

/** How often messages failed, and how each did last; one of which nothing is kept failed never. */
export async function listFailures(executor: Executor, inboxKeys: readonly string[]): Promise<readonly Failures[]> {
  return (await executor.list(listFailed, [inboxKeys])).map(({ failures }) => failures);
}
