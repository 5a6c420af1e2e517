import { z } from "zod";
import { storableTextSchema } from "../../platform/database/storable-text.ts";
import { isBeyond } from "../../platform/database/keyset.ts";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import type { Fact } from "../../sync/fact/outcome.ts";
import type { NomsNumber } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { waitingCaseSchema, waitingGroupSchema } from "./waiting-schema.ts";

type Group = Readonly<z.infer<typeof waitingGroupSchema>>;
type Case = Readonly<z.infer<typeof waitingCaseSchema>>;

const listGroups: Statement<{ readonly group: Group }> = {
  name: "list-waiting-groups",
  text: `
    select json_build_object(
      'waitsFor', waits_for, 'outcome', outcome, 'cases', count(*), 'oldest', min(since), 'newest', max(since)) as "group"
    from mpc_delius.waiting
    group by waits_for, outcome
    order by waits_for, outcome`,
  row: z.object({ group: waitingGroupSchema }),
};

/** What cases wait for, and how many of them. */
export async function listWaitingGroups(executor: Executor): Promise<readonly Group[]> {
  return (await executor.list(listGroups, [])).map(({ group }) => group);
}

/** Where a page of waiting cases ends. */
export const waitingPositionSchema = z.tuple([z.int().min(0).max(8.64e15), storableTextSchema, storableTextSchema]);

/** Which waiting cases are wanted. */
export interface WaitingPage {
  readonly outcomes: readonly string[];
  /** Only what stands behind this place; null begins with the newest. */
  readonly before: z.infer<typeof waitingPositionSchema> | null;
  readonly most: number;
}

/** A waiting case and its place in the list. */
export interface PlacedCase {
  readonly at: number;
  readonly case: Case;
}

const isBehind = isBeyond({ compare: "<" }, [
  ["since", "to_timestamp($2 / 1000.0)"],
  ["noms_number", "$3"],
  ["fact", "$4"],
]);

const listCases: Statement<
  PlacedCase,
  [outcomes: readonly string[], at: Instant | null, nomsNumber: string | null, fact: string | null, most: number]
> = {
  name: "list-waiting-cases",
  text: `
    select found.at, json_build_object('nomsNumber', found.noms_number, 'fact', found.fact, 'outcome', found.outcome,
      'waitsFor', found.waits_for, 'inboxKey', found.inbox_key, 'since', found.since,
      'isNumberInDelius', coalesce((
        select true from offender
        where upper(offender.noms_number) = found.noms_number and soft_deleted = 0 and training_session_id is null
        fetch first 1 rows only), false)) as case
    from unnest($1::text[]) as wanted (outcome)
    cross join lateral (
      select *, (extract(epoch from since) * 1000)::bigint as at
      from mpc_delius.waiting
      where waiting.outcome = wanted.outcome
        and ($2::bigint is null or ${isBehind})
      order by since desc, noms_number desc, fact desc
      fetch first $5 rows only
    ) found
    order by found.since desc, found.noms_number desc, found.fact desc
    fetch first $5 rows only`,
  row: z.object({ at: z.int(), case: waitingCaseSchema }),
};

/** Waiting cases with these outcomes, newest first. */
export function listWaitingCases(executor: Executor, page: WaitingPage): Promise<readonly PlacedCase[]> {
  const { outcomes, before, most } = page;
  return executor.list(listCases, [outcomes, ...(before ?? [null, null, null]), most]);
}

const lock: Statement<unknown, [nomsNumber: NomsNumber]> = {
  name: "lock-waiting-identifier",
  text: `select pg_advisory_xact_lock(hashtextextended($1, 0))`,
  row: z.unknown(),
};

/** Locks a prison number until the transaction ends, as a message does that finds no one by it (rule G4). */
export async function lockWaiting(tx: Transaction, nomsNumber: NomsNumber): Promise<void> {
  await tx.list(lock, [nomsNumber]);
}

const removedSchema = waitingCaseSchema.pick({ outcome: true, waitsFor: true });

const remove: Statement<z.infer<typeof removedSchema>, [nomsNumber: NomsNumber, fact: Fact]> = {
  name: "remove-waiting",
  text: `
    delete from mpc_delius.waiting where noms_number = $1 and fact = $2
    returning outcome, waits_for as "waitsFor"`,
  row: removedSchema,
};

/** Takes a case off the list; answers what it waited for, or null where it does not wait. */
export async function removeWaiting(tx: Transaction, { nomsNumber, fact }: { nomsNumber: NomsNumber; fact: Fact }) {
  const [removed] = await tx.list(remove, [nomsNumber, fact]);
  return removed ?? null;
}
