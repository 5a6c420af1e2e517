import { z } from "zod";
import type { Statement, Transaction } from "../../platform/database/database.ts";
import { facts } from "../../sync/fact/outcome.ts";
import { quarantineStates, type OrderedFact, type QuarantineState } from "./replay.ts";

/** One fact of a message that was quarantined. */
export interface LockedFact extends OrderedFact {
  readonly inboxKey: string;
}

const lock: Statement<LockedFact, [inboxKeys: readonly string[]]> = {
  name: "lock-quarantined",
  text: `
    select inbox_key as "inboxKey", fact, state, replays,
      sent_at is not null or (claimed_at is not null and coalesce(due_at > clock_timestamp()::timestamptz(3), false)) as "isSent"
    from mpc_delius.quarantine where inbox_key = any($1::text[])
    order by quarantine_id for update`,
  row: z.object({
    inboxKey: z.string(),
    fact: z.enum(facts).nullable(),
    state: z.enum(quarantineStates),
    replays: z.int(),
    isSent: z.boolean(),
  }),
};

/** Locks messages that were quarantined until the transaction ends, and answers each of their facts as it is now. */
export function lockQuarantined(tx: Transaction, inboxKeys: readonly string[]): Promise<readonly LockedFact[]> {
  return tx.list(lock, [inboxKeys]);
}

/** A message that is about to be replayed, and which of its replays this is. */
export interface NewReplay {
  readonly inboxKey: string;
  readonly replay: number;
}

const replay: Statement<unknown, [inboxKeys: readonly string[], replays: readonly number[], everyMs: number]> = {
  name: "replay-quarantined",
  text: `
    update mpc_delius.quarantine
    set state = 'replaying', replays = asked.replay, changed_at = clock_timestamp(),
      due_at = date_trunc('milliseconds', statement_timestamp()) + (place - 1) * $3::integer * interval '1 millisecond',
      sent_at = null, claimed_at = null
    from unnest($1::text[], $2::integer[]) with ordinality as asked (inbox_key, replay, place)
    where quarantine.inbox_key = asked.inbox_key and state = 'held'`,
  row: z.unknown(),
};

/** Marks what is held of messages as to be sent again: the first now, and so many milliseconds after each the next. */
export async function replayHeld(tx: Transaction, replays: readonly NewReplay[], everyMs: number): Promise<void> {
  await tx.list(replay, [replays.map(({ inboxKey }) => inboxKey), replays.map((one) => one.replay), everyMs]);
}

const change: Statement<unknown, [inboxKeys: readonly string[], from: QuarantineState, to: QuarantineState]> = {
  name: "change-quarantined",
  text: `
    update mpc_delius.quarantine set state = $3, changed_at = clock_timestamp(), due_at = null, claimed_at = null
    where inbox_key = any($1::text[]) and state = $2`,
  row: z.unknown(),
};

/** Discards what is held of messages. */
export async function discardHeld(tx: Transaction, inboxKeys: readonly string[]): Promise<void> {
  await tx.list(change, [inboxKeys, "held", "discarded"]);
}

/** Holds again what was discarded of messages. */
export async function restoreDiscarded(tx: Transaction, inboxKeys: readonly string[]): Promise<void> {
  await tx.list(change, [inboxKeys, "discarded", "held"]);
}

/** Holds again what was to be replayed of messages. */
export async function holdReplaying(tx: Transaction, inboxKeys: readonly string[]): Promise<void> {
  await tx.list(change, [inboxKeys, "replaying", "held"]);
}
