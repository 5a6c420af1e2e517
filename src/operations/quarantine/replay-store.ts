import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { facts } from "../../sync/fact/outcome.ts";
import type { StoredMessage } from "./replay.ts";

const claim: Statement<StoredMessage, [most: number, leaseMs: number]> = {
  name: "claim-due-replays",
  text: `
    with due as materialized (
      select inbox_key from mpc_delius.quarantine first
      where state = 'replaying' and due_at <= clock_timestamp()::timestamptz(3)
        and (sent_at is null or (select running from mpc_delius.intake_state))
        and not exists (
          select 1 from mpc_delius.quarantine other
          where other.inbox_key = first.inbox_key and other.state = 'replaying'
            and other.quarantine_id < first.quarantine_id)
        and (sent_at is not null or not exists (
          select 1 from mpc_delius.group_replay
          where finished_at is null and cancelled_at >= first.changed_at and first.inbox_key = any(batch)))
      order by due_at
      fetch first $1 rows only
      for update of first skip locked
    ), claimed as (
      update mpc_delius.quarantine
      set due_at = clock_timestamp() + $2 * interval '1 millisecond', claimed_at = clock_timestamp()
      from due where quarantine.inbox_key = due.inbox_key and state = 'replaying'
      returning quarantine_id, quarantine.inbox_key, fact, replays, body, attributes
    )
    select inbox_key as "inboxKey", max(replays) as replay, json_agg(fact order by quarantine_id) as facts,
      min(body) as body, (array_agg(attributes))[1] as attributes
    from claimed group by inbox_key order by min(quarantine_id)`,
  row: z.object({
    inboxKey: z.string(),
    replay: z.int(),
    facts: z.array(z.enum(facts).nullable()),
    body: z.string(),
    attributes: z.record(z.string(), z.string()),
  }),
};

/** How many replays are claimed, and for how long they belong to the replica that claims them. */
export interface ReplayClaim {
  readonly most: number;
  readonly leaseMs: number;
}

/**
 * Claims replays that are due; no one else gets one of them until the lease is over. A message is claimed by its first
 * row, so that two who claim at once never share one. What was sent before waits while intake is paused,
 * and what was not before its group was cancelled stays unsent.
 */
export function claimDueReplays(executor: Executor, { most, leaseMs }: ReplayClaim): Promise<readonly StoredMessage[]> {
  return executor.list(claim, [most, leaseMs]);
}

type SentReplay = Pick<StoredMessage, "inboxKey" | "replay">;

const mark: Statement<unknown, [inboxKey: string, replay: number, resendAfterMs: number]> = {
  name: "mark-replay-sent",
  text: `
    update mpc_delius.quarantine
    set sent_at = clock_timestamp(), due_at = clock_timestamp() + $3 * interval '1 millisecond'
    where inbox_key = $1 and replays = $2 and state = 'replaying'`,
  row: z.unknown(),
};

/** Marks a replay as sent; unless it is settled by then, it is due again after so long. */
export async function markReplaySent(
  executor: Executor,
  { inboxKey, replay }: SentReplay,
  resendAfterMs: number,
): Promise<void> {
  await executor.list(mark, [inboxKey, replay, resendAfterMs]);
}

const release: Statement<unknown, [inboxKey: string, replay: number, milliseconds: number]> = {
  name: "release-replay",
  text: `
    update mpc_delius.quarantine set claimed_at = null, due_at = clock_timestamp() + $3 * interval '1 millisecond'
    where inbox_key = $1 and replays = $2 and state = 'replaying'`,
  row: z.unknown(),
};

/** Gives the claim of a replay up: it is due again after so long, and can be cancelled until then. */
export async function releaseReplay(
  executor: Executor,
  { inboxKey, replay }: SentReplay,
  milliseconds: number,
): Promise<void> {
  await executor.list(release, [inboxKey, replay, milliseconds]);
}

const holdRefused: Statement<unknown, [inboxKey: string, replay: number, error: string]> = {
  name: "hold-refused-replay",
  text: `
    update mpc_delius.quarantine
    set state = 'held', error = $3, changed_at = clock_timestamp(), due_at = null
    where inbox_key = $1 and replays = $2 and state = 'replaying'`,
  row: z.unknown(),
};

/** Holds a message again that the queue does not take, and says so. */
export async function holdRefusedReplay(
  executor: Executor,
  { inboxKey, replay }: SentReplay,
  error: string,
): Promise<void> {
  await executor.list(holdRefused, [inboxKey, replay, error]);
}
