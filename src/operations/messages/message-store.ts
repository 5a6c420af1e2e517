import { z } from "zod";
import { isBeyond } from "../../platform/database/keyset.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Crn, NomsNumber } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { explainedMessageSchema } from "./message-schema.ts";

const position = z.object({ at: z.int(), id: z.int() });
const placedMessage = position.extend({ message: explainedMessageSchema });

/** A place in the list of messages. */
export type MessagePosition = Readonly<z.infer<typeof position>>;

/** A message and its place in the list. */
export type PlacedMessage = Readonly<z.infer<typeof placedMessage>>;

/** What messages are wanted: every part that is null asks for nothing. */
export interface MessageQuery {
  readonly outcomes: readonly string[] | null;
  readonly eventType: string | null;
  /** Only what was a dry run, or only what was none. */
  readonly dryRun: boolean | null;
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** Only what stands behind this place. */
  readonly before: MessagePosition | null;
  readonly most: number;
}

type Place = [from: Instant | null, to: Instant | null, at: Instant | null, id: number];
type Wanted = [
  ...Place,
  outcomes: readonly string[] | null,
  eventType: string | null,
  most: number,
  dryRun: boolean | null,
];

const newestFirst = "decided_at desc, journal_id desc";
const since = "coalesce(to_timestamp($1::bigint / 1000.0), '-infinity')";
const until = "coalesce(to_timestamp($2::bigint / 1000.0), 'infinity')";
const isBehind = isBeyond({ compare: "<" }, [
  ["decided_at", "coalesce(to_timestamp($3::bigint / 1000.0), 'infinity')"],
  ["journal_id", "$4::bigint"],
]);
const isAboveFloor = isBeyond({ compare: ">", isIncluded: true }, [
  ["decided_at", "coalesce(to_timestamp($9::bigint / 1000.0), '-infinity')"],
  ["journal_id", "$10::bigint"],
]);
const isInTime = `decided_at >= ${since} and decided_at <= ${until} and ${isBehind}`;

const floor: Statement<MessagePosition, [...Place, rows: number]> = {
  name: "find-message-floor",
  text: `
    select (extract(epoch from decided_at) * 1000)::bigint as at, journal_id as id
    from mpc_delius.journal
    where ${isInTime}
    order by ${newestFirst}
    offset $5 rows fetch first 1 rows only`,
  row: position,
};

/** The place that is so many journal rows away, so that no search goes on for ever; null when there are fewer. */
export async function findMessageFloor(
  executor: Executor,
  query: MessageQuery,
  rows: number,
): Promise<MessagePosition | null> {
  const [found] = await executor.list(floor, [...placeOf(query), rows]);
  return found ?? null;
}

const shown = `json_strip_nulls(json_build_object('inboxKey', newest.inbox_key, 'eventType', newest.event_type,
      'nomsNumber', newest.noms_number, 'crn', newest.crn, 'receivedAt', newest.received_at,
      'decidedAt', newest.decided_at, 'facts', (
        select json_agg(json_build_object('fact', each.fact, 'outcome', each.outcome,
          'outcomeClass', each.outcome_class, 'dryRun', each.dry_run) order by each.journal_id)
        from mpc_delius.journal each where each.inbox_key = newest.inbox_key))) as message,
      (extract(epoch from newest.decided_at) * 1000)::bigint as at, newest.journal_id as id`;

// A message stands in the list where the last of its rows stands that is wanted.
const isWanted = `($5::text[] is null or newest.outcome = any($5)) and ($6::text is null or newest.event_type = $6)
      and ($8::boolean is null or newest.dry_run = $8)
      and not exists (
        select 1 from mpc_delius.journal later
        where later.inbox_key = newest.inbox_key and later.journal_id > newest.journal_id
          and ($5::text[] is null or later.outcome = any($5)) and ($8::boolean is null or later.dry_run = $8))`;

const listAll: Statement<PlacedMessage, [...Wanted, at: Instant | null, id: number]> = {
  name: "list-messages",
  text: `
    select ${shown}
    from mpc_delius.journal newest
    where ${isInTime}
      and ${isAboveFloor}
      and ${isWanted}
    order by ${newestFirst}
    fetch first $7 rows only`,
  row: placedMessage,
};

/** Messages of anybody, newest first, back to `floor`. */
export function listMessages(
  executor: Executor,
  query: MessageQuery,
  lowest: MessagePosition | null,
): Promise<readonly PlacedMessage[]> {
  return executor.list(listAll, [...valuesOf(query), lowest?.at ?? null, lowest?.id ?? 0]);
}

const listOfPerson: Statement<PlacedMessage, [...Wanted, crn: Crn | null, nomsNumber: NomsNumber | null]> = {
  name: "list-messages-of-person",
  text: `
    with named as (
      select offender_id, upper(noms_number) as noms_number from offender
      where (upper(crn) = $9::text or upper(noms_number) = $10::text) and training_session_id is null
    ), found as (
      select journal_id from mpc_delius.journal where noms_number = $10::text
      union
      select journal_id from mpc_delius.journal where noms_number in (select noms_number from named)
      union
      select journal_id from mpc_delius.journal
      where offender_id in (select offender_id from named) and not dry_run
    )
    select ${shown}
    from mpc_delius.journal newest join found using (journal_id)
    where ${isInTime} and ${isWanted}
    order by ${newestFirst}
    fetch first $7 rows only`,
  row: placedMessage,
};

/** How one person is named. */
export type PersonNumber = { readonly crn: Crn } | { readonly nomsNumber: NomsNumber };

/**
 * Messages about one person, newest first: those that named the case's prison number, now or before Delius knew of
 * it, and those that were about the case, no matter what they named.
 */
export function listMessagesOfPerson(
  executor: Executor,
  query: MessageQuery,
  person: PersonNumber,
): Promise<readonly PlacedMessage[]> {
  const crn = "crn" in person ? person.crn : null;
  const nomsNumber = "nomsNumber" in person ? person.nomsNumber : null;
  return executor.list(listOfPerson, [...valuesOf(query), crn, nomsNumber]);
}

function placeOf({ from, to, before }: MessageQuery): Place {
  return [from, to, before?.at ?? null, before?.id ?? Number.MAX_SAFE_INTEGER];
}

function valuesOf(query: MessageQuery): Wanted {
  return [...placeOf(query), query.outcomes, query.eventType, query.most, query.dryRun];
}
