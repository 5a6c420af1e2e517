import { z } from "zod";
import { custodialSentences } from "../../delius/person/sentence-store.ts";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import { sessionLimits } from "../../platform/database/session-settings.ts";
import { offenderIdSchema, type Crn, type NomsNumber, type OffenderId } from "../../delius/person/person.ts";
import {
  foundPersonSchema,
  subjectOf,
  type LookupRequest,
  type LookupResult,
  type Prepared,
} from "./prepared-message.ts";

const look: Statement<
  LookupResult,
  [inboxKeys: readonly string[], nomsNumbers: readonly (NomsNumber | null)[], crns: readonly (Crn | null)[]]
> = {
  name: "look",
  text: `
    select settled.inbox_key is not null as "isSettled",
      (extract(epoch from clock_timestamp()) * 1000)::bigint as now,
      coalesce(found.persons, '[]') as persons,
      coalesce(found."isWaiting", false) as "isWaiting"
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as asked (inbox_key, noms_number, crn, place)
    left join mpc_delius.inbox settled on settled.inbox_key = asked.inbox_key
    left join lateral (
      select case_named.offender_id, upper(case_named.noms_number) as noms_number
      from offender case_named
      where upper(case_named.crn) = asked.crn and case_named.soft_deleted = 0 and case_named.training_session_id is null
      order by case_named.offender_id
      fetch first 1 rows only
    ) named on true
    left join lateral (
      select
        json_agg(json_build_object(
          'offenderId', person.offender_id,
          'crn', person.crn,
          'nomsNumber', person.noms_number,
          'sentences', case when asked.crn is not null or person.namesakes > 1 then (
            select count(*) from ${custodialSentences} where custody.offender_id = person.offender_id) end,
          'fences', json_build_object(
            'handover', (
              select max(journal_id) from mpc_delius.journal
              where offender_id = person.offender_id and fact = 'handover' and not dry_run),
            'allocation', (
              select max(journal_id) from mpc_delius.journal
              where offender_id = person.offender_id and fact = 'allocation' and not dry_run))
        ) order by person.offender_id) as persons,
        bool_or(exists (
          select 1 from mpc_delius.waiting
          where asked.crn is not null and noms_number = upper(person.noms_number) and fact = 'handover')) as "isWaiting"
      from (
        select namesake.offender_id, namesake.crn, namesake.noms_number, count(*) over () as namesakes
        from offender namesake
        where namesake.soft_deleted = 0 and namesake.training_session_id is null
          and (namesake.offender_id = named.offender_id
            or upper(namesake.noms_number) = coalesce(asked.noms_number, named.noms_number))
      ) person
    ) found on true
    order by asked.place`,
  row: z.object({
    isSettled: z.boolean(),
    now: z.int(),
    persons: z.array(foundPersonSchema),
    isWaiting: z.boolean(),
  }),
};

/**
 * Looks at the database for each message; answers in the order asked. One that names a CRN also sees other cases with
 * the same NOMS number, for Manage POM Cases tells them apart no more than we can (rule D1).
 */
export function lookUp(executor: Executor, asked: readonly LookupRequest[]): Promise<readonly LookupResult[]> {
  return executor.list(look, [
    asked.map(({ envelope }) => envelope.inboxKey),
    asked.map(({ event }) => ("person" in event && "nomsNumber" in event.person ? event.person.nomsNumber : null)),
    asked.map(({ event }) => ("person" in event && "crn" in event.person ? event.person.crn : null)),
  ]);
}

const limitWaitsStatement: Statement<unknown, [lockMs: string, statementMs: string]> = {
  name: "limit-waits",
  text: `select set_config('lock_timeout', $1::text, true), set_config('statement_timeout', $2::text, true)`,
  row: z.unknown(),
};

// Rows that another session holds hold up a writer for no longer than this; their cases are tried again without one.
const lockWaitMs = 250;

/**
 * Limits how long statements of this transaction wait for locks, and how long they run in all; later they fail with `55P03` or `57014`.
 * However many messages are held up one after the other, the rest of their set do not wait much longer than for one.
 */
export async function limitWaits(tx: Transaction, messages: number): Promise<void> {
  const lockMs = Math.ceil(lockWaitMs / messages);
  const statementMs = Math.max(Math.ceil(sessionLimits.statement_timeout / messages), 1_000);
  await tx.list(limitWaitsStatement, [String(lockMs), String(statementMs)]);
}

const lockIdentifiersStatement: Statement<unknown, [identifiers: readonly string[]]> = {
  name: "lock-identifiers",
  text: `
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(identifier, 0) as key from unnest($1::text[]) as identifier order by key
    ) keys`,
  row: z.unknown(),
};

/**
 * Locks prison and case numbers, whether or not Delius knows them, until the transaction ends: what stands in for the
 * person's row while there is none (rule D9). In one order, so that two sets cannot wait for each other.
 */
export async function lockIdentifiers(tx: Transaction, identifiers: readonly string[]): Promise<void> {
  await tx.list(lockIdentifiersStatement, [identifiers]);
}

const lockPersonsStatement: Statement<unknown, [persons: readonly OffenderId[]]> = {
  name: "lock-persons",
  text: `
    select offender_id from offender where offender_id = any($1::bigint[]) order by offender_id for no key update`,
  row: z.unknown(),
};

/** Locks persons until the transaction ends, in key order (rule D9). */
export async function lockPersons(tx: Transaction, persons: readonly OffenderId[]): Promise<void> {
  await tx.list(lockPersonsStatement, [persons]);
}

const tryLockIdentifiers: Statement<{ readonly identifier: string }, [identifiers: readonly string[]]> = {
  name: "try-lock-identifiers",
  text: `
    select identifier from unnest($1::text[]) as identifier
    where pg_try_advisory_xact_lock(hashtextextended(identifier, 0))`,
  row: z.object({ identifier: z.string() }),
};

const tryLockPersons: Statement<{ readonly offenderId: OffenderId }, [persons: readonly OffenderId[]]> = {
  name: "try-lock-persons",
  text: `
    select offender_id as "offenderId" from offender where offender_id = any($1::bigint[])
    order by offender_id for no key update skip locked`,
  row: z.object({ offenderId: offenderIdSchema }),
};

/**
 * Locks the cases of these messages until the transaction ends, by number and by row, and answers for each message whether its case is
 * locked: all, waiting for those that another session holds, or only those that none holds at this moment.
 */
export async function lockCases(
  tx: Transaction,
  set: readonly Prepared[],
  which: "all" | "free",
): Promise<readonly boolean[]> {
  const subjects = set.map(subjectOf);
  const numbers = subjects.flatMap(({ nomsNumber }) => nomsNumber ?? []);
  const persons = subjects.flatMap(({ offenderId }) => offenderId ?? []);
  if (which === "all") {
    await Promise.all([
      numbers.length > 0 ? lockIdentifiers(tx, numbers) : null,
      persons.length > 0 ? lockPersons(tx, persons) : null,
    ]);
    return set.map(() => true);
  }
  const [lockedNumbers, lockedPersons] = await Promise.all([
    numbers.length > 0 ? tx.list(tryLockIdentifiers, [numbers]) : [],
    persons.length > 0 ? tx.list(tryLockPersons, [persons]) : [],
  ]);
  const locked = new Set<unknown>([
    null,
    ...lockedNumbers.map(({ identifier }) => identifier),
    ...lockedPersons.map(({ offenderId }) => offenderId),
  ]);
  return subjects.map(({ nomsNumber, offenderId }) => locked.has(nomsNumber) && locked.has(offenderId));
}
