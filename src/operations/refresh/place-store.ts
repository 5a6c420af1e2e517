import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { keyStart } from "./refresh-message.ts";

// A place is free unless its message was sent lately and is not settled. Two who take places at once pass over each
// other's: the second one finds the row locked, or sees what it holds now.
const isTaken = `taken_at >= clock_timestamp() - $2 * interval '1 millisecond'
        and not exists (select 1 from mpc_delius.inbox where inbox.inbox_key = refresh_place.inbox_key)`;

const take: Statement<{ readonly inboxKey: string }, [inboxKeys: readonly string[], patienceMs: number]> = {
  name: "take-refresh-places",
  text: `
    with given as (
      select key, turn, exists (
        select 1 from mpc_delius.refresh_place where refresh_place.inbox_key = key and ${isTaken}) as holds
      from unnest($1::text[]) with ordinality as named (key, turn)
    ), wanted as (
      select key, row_number() over (order by turn) as number from given where not holds
    ), free as (
      select place from mpc_delius.refresh_place where (${isTaken}) is not true
      order by place fetch first (select count(*) from wanted) rows only for update skip locked
    ), taken as (
      update mpc_delius.refresh_place set inbox_key = key, taken_at = clock_timestamp()
      from (select place, row_number() over (order by place) as number from free) numbered join wanted using (number)
      where refresh_place.place = numbered.place
      returning key
    )
    select key as "inboxKey" from taken union all select key from given where holds`,
  row: z.object({ inboxKey: z.string() }),
};

/**
 * Takes a place for each of these messages, as far as there are any, the first ones first. Answers which may be sent. A
 * message that holds a place keeps it; one that is not settled within so many milliseconds holds none any more.
 */
export async function takePlaces(
  executor: Executor,
  inboxKeys: readonly string[],
  patienceMs: number,
): Promise<ReadonlySet<string>> {
  const rows = await executor.list(take, [inboxKeys, patienceMs]);
  return new Set(rows.map(({ inboxKey }) => inboxKey));
}

const free: Statement<unknown, [keyStart: string]> = {
  name: "free-refresh-places",
  text: `update mpc_delius.refresh_place set inbox_key = null, taken_at = null where starts_with(inbox_key, $1)`,
  row: z.unknown(),
};

/** Frees the places of a run of which nothing was sent. */
export async function freePlaces(executor: Executor, refreshRun: string): Promise<void> {
  await executor.list(free, [keyStart(refreshRun)]);
}

const takenRow = z.object({
  /** By messages of the run that asks. */
  own: z.int(),
  all: z.int(),
  /** When the last one was taken; null where none is. */
  newest: z.string().nullable(),
});

/** The places that are taken. */
export type TakenPlaces = Readonly<z.infer<typeof takenRow>>;

const count: Statement<TakenPlaces, [keyStart: string, patienceMs: number]> = {
  name: "count-refresh-places",
  text: `
    select count(*) filter (where starts_with(inbox_key, $1)) as own, count(*) as "all", max(taken_at)::text as newest
    from mpc_delius.refresh_place where ${isTaken}`,
  row: takenRow,
};

/** How many places are taken, by a run and by all. */
export async function countPlaces(executor: Executor, refreshRun: string, patienceMs: number): Promise<TakenPlaces> {
  const [places] = await executor.list(count, [keyStart(refreshRun), patienceMs]);
  return places ?? { own: 0, all: 0, newest: null };
}
