import { z } from "zod";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import type { BatchCounts, KeptGroupReplay } from "./group-replay.ts";

const keptRow = z.object({
  id: z.int(),
  group: z.string(),
  orderedBy: z.string(),
  reason: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  isCancelled: z.boolean(),
  isBatchSent: z.boolean(),
  isLate: z.boolean(),
  messages: z.int(),
  batches: z.int(),
  batch: z.array(z.string()),
  settled: z.int(),
  failed: z.int(),
  cancelled: z.int(),
});
const keptColumns = `group_replay_id as id, quarantine_reason as "group", ordered_by as "orderedBy",
      order_reason as reason, to_json(started_at) #>> '{}' as "startedAt", to_json(finished_at) #>> '{}' as "finishedAt",
      cancelled_at is not null as "isCancelled",
      batch_sent_at is not null as "isBatchSent", batch_sent_at is not null and (
        select running and greatest(batch_sent_at, intake_state.changed_at) < clock_timestamp() - interval '30 minutes'
        from mpc_delius.intake_state) as "isLate", messages, batches, batch, settled, failed,
      cancelled`;
const numberRow = z.object({ id: z.int() });

/** Who wants which group replayed, of how many messages, and why. */
export interface GroupReplayOrder {
  readonly group: string;
  readonly messages: number;
  readonly actor: string;
  readonly reason: string;
}

const insert: Statement<{ readonly id: number }, [group: string, messages: number, actor: string, reason: string]> = {
  name: "insert-group-replay",
  text: `
    insert into mpc_delius.group_replay (quarantine_reason, messages, ordered_by, order_reason) values ($1, $2, $3, $4)
    on conflict do nothing
    returning group_replay_id as id`,
  row: numberRow,
};

/** Orders the replay of a group and answers its number; null where one of the same group is under way. */
export async function insertGroupReplay(tx: Transaction, order: GroupReplayOrder): Promise<number | null> {
  const { group, messages, actor, reason } = order;
  const [row] = await tx.list(insert, [group, messages, actor, reason]);
  return row?.id ?? null;
}

const listOpen: Statement<{ readonly id: number }> = {
  name: "list-open-group-replays",
  text: `
    select group_replay_id as id from mpc_delius.group_replay where finished_at is null order by group_replay_id`,
  row: numberRow,
};

/** The replays that are not over: also those that are cancelled, while what was sent of them is not settled. */
export async function listOpenGroupReplays(executor: Executor): Promise<readonly number[]> {
  return (await executor.list(listOpen, [])).map(({ id }) => id);
}

const findUnderWay: Statement<{ readonly id: number }, [group: string]> = {
  name: "find-group-replay-under-way",
  text: `
    select group_replay_id as id from mpc_delius.group_replay
    where quarantine_reason = $1 and finished_at is null and cancelled_at is null`,
  row: numberRow,
};

/** The replay of a group that is under way; null where there is none, or it is cancelled. */
export async function findGroupReplayUnderWay(executor: Executor, group: string): Promise<number | null> {
  const [row] = await executor.list(findUnderWay, [group]);
  return row?.id ?? null;
}

const find: Statement<KeptGroupReplay, [id: number]> = {
  name: "find-group-replay",
  text: `select ${keptColumns} from mpc_delius.group_replay where group_replay_id = $1`,
  row: keptRow,
};

/** The replay of a group; null where there is none of this number. */
export async function findGroupReplay(executor: Executor, id: number): Promise<KeptGroupReplay | null> {
  const [kept = null] = await executor.list(find, [id]);
  return kept;
}

const lock: Statement<KeptGroupReplay, [id: number]> = {
  name: "lock-group-replay",
  text: `
    select ${keptColumns} from mpc_delius.group_replay
    where group_replay_id = $1 and finished_at is null for update skip locked`,
  row: keptRow,
};

/** Locks one that is under way until the transaction ends; null where another has it, or it is over. */
export async function lockGroupReplay(tx: Transaction, id: number): Promise<KeptGroupReplay | null> {
  const [kept = null] = await tx.list(lock, [id]);
  return kept;
}

const count: Statement<BatchCounts, [inboxKeys: readonly string[]]> = {
  name: "count-replayed-batch",
  text: `
    select count(*) filter (where open)::integer as open, count(*) filter (where unsent)::integer as unsent,
      count(*) filter (where not open and not held)::integer as settled,
      count(*) filter (where not open and held and not untouched)::integer as failed,
      count(*) filter (where not open and held and untouched)::integer as cancelled
    from (
      select coalesce(bool_or(state = 'replaying'), false) as open,
        coalesce(bool_or(state = 'replaying' and sent_at is null), false) as unsent,
        coalesce(bool_or(state in ('held', 'discarded')), false) as held,
        coalesce(bool_and(sent_at is null and claimed_at is null) filter (where replays = newest), false) as untouched
      from (
        select asked.key, message.*, max(replays) over (partition by asked.key) as newest
        from unnest($1::text[]) as asked (key) left join mpc_delius.quarantine message on message.inbox_key = asked.key
      ) rows
      group by key) messages`,
  row: z.object({ open: z.int(), unsent: z.int(), settled: z.int(), failed: z.int(), cancelled: z.int() }),
};

/** How many messages of a batch are still replayed, and how the others ended. */
export async function countBatch(executor: Executor, inboxKeys: readonly string[]): Promise<BatchCounts> {
  const [counts] = await executor.list(count, [inboxKeys]);
  if (counts === undefined) throw new Error("The statement of a batch answered no row.");
  return counts;
}

const begin: Statement<
  unknown,
  [id: number, settled: number, failed: number, cancelled: number, next: readonly string[]]
> = {
  name: "begin-replayed-batch",
  text: `
    update mpc_delius.group_replay
    set settled = settled + $2, failed = failed + $3, cancelled = cancelled + $4, batch = $5, batches = batches + 1,
      batch_sent_at = null
    where group_replay_id = $1`,
  row: z.unknown(),
};

/** A batch that has ended, and of which group. */
export interface EndedBatch {
  readonly id: number;
  readonly counts: BatchCounts;
}

/** Counts what has ended of the batch, and goes on with these messages. */
export async function beginBatch(tx: Transaction, { id, counts }: EndedBatch, next: readonly string[]): Promise<void> {
  await tx.list(begin, [id, counts.settled, counts.failed, counts.cancelled, next]);
}

const markSent: Statement<unknown, [id: number]> = {
  name: "mark-batch-sent",
  text: `update mpc_delius.group_replay set batch_sent_at = clock_timestamp() where group_replay_id = $1`,
  row: z.unknown(),
};

/** Records that all of the batch are sent, from when on they are waited for. */
export async function markBatchSent(tx: Transaction, id: number): Promise<void> {
  await tx.list(markSent, [id]);
}

const finish: Statement<unknown, [id: number, settled: number, failed: number, cancelled: number]> = {
  name: "finish-group-replay",
  text: `
    update mpc_delius.group_replay
    set settled = settled + $2, failed = failed + $3, cancelled = cancelled + $4, batch = '{}',
      finished_at = clock_timestamp()
    where group_replay_id = $1`,
  row: z.unknown(),
};

/** Counts the batch that has ended, and ends the whole. */
export async function finishGroupReplay(tx: Transaction, { id, counts }: EndedBatch): Promise<void> {
  await tx.list(finish, [id, counts.settled, counts.failed, counts.cancelled]);
}

const cancel: Statement<unknown, [id: number]> = {
  name: "cancel-group-replay",
  text: `
    update mpc_delius.group_replay set cancelled_at = clock_timestamp()
    where group_replay_id = $1 and finished_at is null and cancelled_at is null
    returning group_replay_id as id`,
  row: z.unknown(),
};

/** Cancels one that is under way. Answers whether it was. */
export async function cancelGroupReplay(tx: Transaction, id: number): Promise<boolean> {
  return (await tx.list(cancel, [id])).length > 0;
}

const holdUnsent: Statement<unknown, [id: number]> = {
  name: "hold-cancelled-group",
  text: `
    update mpc_delius.quarantine
    set state = 'held', changed_at = clock_timestamp(), due_at = null, claimed_at = null
    from mpc_delius.group_replay
    where group_replay_id = $1 and inbox_key = any(batch) and quarantine.changed_at <= cancelled_at
      and state = 'replaying' and sent_at is null and (claimed_at is null or due_at <= clock_timestamp())`,
  row: z.unknown(),
};

/** Holds again what was being sent when the replay of a group was cancelled, and was not sent; not what was replayed anew since. */
export async function holdCancelledGroup(tx: Transaction, id: number): Promise<void> {
  await tx.list(holdUnsent, [id]);
}
