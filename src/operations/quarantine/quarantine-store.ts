import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { facts } from "../../sync/fact/outcome.ts";
import { quarantinedSchema, quarantineGroupSchema, type QuarantineGroup } from "./quarantine-schema.ts";
import { quarantineStates, type QuarantineState, type QuarantinedFact } from "./replay.ts";

const listGroups: Statement<{ readonly group: QuarantineGroup }> = {
  name: "list-quarantine-groups",
  text: `
    select json_build_object('reason', reason, 'state', state, 'messages', count(distinct inbox_key),
      'oldest', min(first_seen), 'newest', max(last_seen)) as "group"
    from mpc_delius.quarantine
    group by reason, state
    order by reason, state`,
  row: z.object({ group: quarantineGroupSchema }),
};

/** Why messages are quarantined, what is the matter with them, and how many they are. */
export async function listQuarantineGroups(executor: Executor): Promise<readonly QuarantineGroup[]> {
  return (await executor.list(listGroups, [])).map(({ group }) => group);
}

/** Which of what is quarantined is wanted. */
export interface QuarantineQuery {
  readonly reasons: readonly string[];
  readonly state: QuarantineState;
  readonly before: number;
  readonly most: number;
}

const numberedFact = z.object({ id: z.int(), message: quarantinedSchema });

/** One fact of a message that was quarantined, and its number in the list. */
export type NumberedFact = Readonly<z.infer<typeof numberedFact>>;

const asMessage = `json_strip_nulls(json_build_object('inboxKey', inbox_key, 'fact', fact,
      'eventType', event_type, 'nomsNumber', noms_number, 'reason', reason, 'error', error, 'firstSeen', first_seen,
      'lastSeen', last_seen, 'state', state, 'since', changed_at, 'replays', replays, 'sentAt', sent_at)) as message`;

const listFacts: Statement<
  NumberedFact,
  [reasons: readonly string[], state: QuarantineState, before: number, most: number]
> = {
  name: "list-quarantined",
  text: `
    select found.quarantine_id as id, ${asMessage}
    from unnest($1::text[]) as wanted (outcome)
    cross join lateral (
      select * from mpc_delius.quarantine
      where state = $2 and reason = wanted.outcome and quarantine_id < $3
      order by quarantine_id desc
      fetch first $4 rows only
    ) found
    order by found.quarantine_id desc
    fetch first $4 rows only`,
  row: numberedFact,
};

/** What is quarantined for these reasons, newest first; one entry for each fact of a message. */
export function listQuarantined(executor: Executor, page: QuarantineQuery): Promise<readonly NumberedFact[]> {
  const { reasons, state, before, most } = page;
  return executor.list(listFacts, [reasons, state, before, most]);
}

const listNamed: Statement<NumberedFact, [inboxKeys: readonly string[]]> = {
  name: "list-quarantined-by-key",
  text: `
    select quarantine_id as id, ${asMessage}
    from mpc_delius.quarantine where inbox_key = any($1::text[])
    order by quarantine_id`,
  row: numberedFact,
};

/** What is quarantined of these messages, the oldest first. */
export async function listQuarantinedByKey(executor: Executor, inboxKeys: readonly string[]) {
  return (await executor.list(listNamed, [inboxKeys])).map(({ message }) => message);
}

/** Which messages belong to a group. */
export interface GroupQuery {
  readonly reason: string;
  readonly state: QuarantineState;
  /** Leaves out messages that were replayed so often; null leaves none out. */
  readonly replaysBelow: number | null;
  /** Leaves out what has changed or was replayed after this instant; null leaves none out. */
  readonly heldSince: string | null;
  readonly most: number;
}

/** The oldest messages of a group, and how many it has in all. */
export interface GroupKeys {
  readonly inboxKeys: readonly string[];
  readonly total: number;
}

const listKeys: Statement<
  { readonly inboxKey: string; readonly total: number },
  [reason: string, state: QuarantineState, replaysBelow: number | null, most: number, heldSince: string | null]
> = {
  name: "list-quarantine-group-keys",
  text: `
    select inbox_key as "inboxKey", (count(*) over ())::integer as total
    from mpc_delius.quarantine wanted
    where state = $2 and reason = $1
      and ($5::timestamptz is null or changed_at <= $5
        and (claimed_at is null or claimed_at <= $5) and (sent_at is null or sent_at <= $5))
      and not exists (
      select 1 from mpc_delius.quarantine other
      where other.inbox_key = wanted.inbox_key and ((other.state = 'replaying' and $2 <> 'replaying') or other.replays >= $3::integer))
    group by inbox_key
    order by min(quarantine_id)
    fetch first $4 rows only`,
  row: z.object({ inboxKey: z.string(), total: z.int() }),
};

/** Finds the oldest messages of a group that no one has in hand. */
export async function findGroupKeys(executor: Executor, query: GroupQuery): Promise<GroupKeys> {
  const { reason, state, replaysBelow, heldSince, most } = query;
  const rows = await executor.list(listKeys, [reason, state, replaysBelow, most, heldSince]);
  return { inboxKeys: rows.map(({ inboxKey }) => inboxKey), total: rows[0]?.total ?? 0 };
}

/** One fact of a message that was quarantined, with what it takes to send the message again. */
export interface StoredFact extends QuarantinedFact {
  readonly inboxKey: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const listStored: Statement<StoredFact, [inboxKeys: readonly string[]]> = {
  name: "list-stored-messages",
  text: `
    select inbox_key as "inboxKey", fact, state, replays, body, attributes
    from mpc_delius.quarantine where inbox_key = any($1::text[])
    order by quarantine_id`,
  row: z.object({
    inboxKey: z.string(),
    fact: z.enum(facts).nullable(),
    state: z.enum(quarantineStates),
    replays: z.int(),
    body: z.string(),
    attributes: z.record(z.string(), z.string()),
  }),
};

/** Everything that was quarantined under these keys. */
export function listStoredFacts(executor: Executor, inboxKeys: readonly string[]): Promise<readonly StoredFact[]> {
  return executor.list(listStored, [inboxKeys]);
}

const listUnsettled: Statement<{ readonly inboxKey: string }, [inboxKeys: readonly string[]]> = {
  name: "list-unsettled-quarantine",
  text: `
    select distinct inbox_key as "inboxKey" from mpc_delius.quarantine
    where inbox_key = any($1::text[]) and state <> 'settled'`,
  row: z.object({ inboxKey: z.string() }),
};

/** Which of these keys are those of messages that are quarantined and not settled since. */
export async function findQuarantined(executor: Executor, inboxKeys: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await executor.list(listUnsettled, [inboxKeys]);
  return new Set(rows.map(({ inboxKey }) => inboxKey));
}
