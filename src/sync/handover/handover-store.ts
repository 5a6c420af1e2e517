import { keyDateTypes } from "../fact/delius-codes.ts";
import { z } from "zod";
import { custodialSentences, handoverDates } from "../../delius/person/sentence-store.ts";
import type { Executor, Statement, Transaction } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import type { Author, FactCase, FactDecisions, FactHandler } from "../fact/fact-handler.ts";
import type { RecordChange } from "../fact/outcome.ts";
import { readReferences, refuseWithout, unknownUser } from "../fact/reference-store.ts";
import type { OffenderId } from "../../delius/person/person.ts";
import { deliusDateSchema, writeDeliusTime } from "../../platform/time/london-time.ts";
import type { HandoverAnswer } from "./handover-answer.ts";
import {
  custodyIdSchema,
  decideHandover,
  keyDateIdSchema,
  type Custody,
  type KeyDate,
  type KeyDateChange,
} from "./handover.ts";

// Reads what Delius holds of handover dates, has it decided (handover.ts) and writes what was decided.

/** What the rules of the service say about handover dates. */
export interface HandoverRules {
  readonly nullDates: "delete" | "keep";
  /** The Delius user that every written row names. */
  readonly username: string;
}

/** Decides and writes the handover dates of sets of cases. */
export function createHandoverHandler({ nullDates, username }: HandoverRules): FactHandler<HandoverAnswer> {
  const decide = async (tx: Transaction, cases: readonly FactCase<HandoverAnswer>[]): Promise<FactDecisions> => {
    const persons = cases.map(({ offenderId }) => offenderId);
    const [custodies, reference] = await Promise.all([listCustodies(tx, persons), readReferences(tx, username, cases)]);
    const missing = reference.missing.handover;
    const decisions = cases.map(({ nomsNumber, answer, removeStale }, index) =>
      missing.length > 0
        ? refuseWithout(missing, nomsNumber)
        : decideHandover({ nomsNumber, answer, removeStale, nullDates, custodies: custodies[index] ?? [] }),
    );
    return {
      decisions: decisions.map((decision) => ({ ...decision, changes: decision.changes?.map(describe) ?? null })),
      write: async (selected, now) => {
        const changes = selected.flatMap((index) => decisions[index]?.changes ?? []);
        if (changes.length === 0) return;
        if (reference.userId === null) throw unknownUser();
        await writeKeyDates(tx, changes, { userId: reference.userId, now });
      },
    };
  };
  return { decide };
}

function describe(change: KeyDateChange): RecordChange {
  const record = "key date";
  switch (change.kind) {
    case "insert":
      return { record, before: null, after: { type: change.type, date: change.date } };
    case "revive":
      return { record, before: null, after: show(change.deleted) };
    case "update":
      return { record, before: show(change.before), after: { ...show(change.before), date: change.date } };
    case "replace":
      return { record, before: show(change.before), after: show(change.deleted) };
    case "remove":
      return { record, before: show(change.before), after: null };
  }
}

function show({ keyDateId, type, date }: KeyDate) {
  return { keyDateId, type, date };
}

const keyDateSchema = z.object({
  keyDateId: keyDateIdSchema,
  rowVersion: z.int(),
  type: z.enum(keyDateTypes),
  date: deliusDateSchema,
});

const listDates = (state: "live" | "deleted") => `
        select json_agg(json_build_object(
          'keyDateId', key_date.key_date_id,
          'rowVersion', key_date.row_version,
          'type', key_date.type,
          'date', key_date.key_date
        ) order by key_date.created_datetime, key_date.key_date_id)
        from ${handoverDates(state)}
        where key_date.custody_id = custody.custody_id`;

const custodies: Statement<{ readonly custodies: readonly Custody[] }, [persons: readonly OffenderId[]]> = {
  name: "list-custodies",
  text: `
    select coalesce((
      select json_agg(json_build_object(
        'custodyId', custody.custody_id,
        'keyDates', coalesce((${listDates("live")}), '[]'),
        'deletedKeyDates', coalesce((${listDates("deleted")}), '[]')) order by custody.custody_id)
      from ${custodialSentences}
      where custody.offender_id = asked.offender_id
    ), '[]') as custodies
    from unnest($1::bigint[]) with ordinality as asked (offender_id, place)
    order by asked.place`,
  row: z.object({
    custodies: z.array(
      z.object({
        custodyId: custodyIdSchema,
        keyDates: z.array(keyDateSchema),
        deletedKeyDates: z.array(keyDateSchema),
      }),
    ),
  }),
};

/**
 * The custodies of each person's active custodial sentences with their handover dates, live and deleted, the oldest
 * first; in the order asked (rules H1, D2).
 */
export async function listCustodies(
  executor: Executor,
  persons: readonly OffenderId[],
): Promise<readonly (readonly Custody[])[]> {
  const rows = await executor.list(custodies, [persons]);
  return rows.map((row) => row.custodies);
}

type Rows = ReturnType<typeof toRows>;

const remove: Statement<unknown, [removed: Json<Rows["removed"]>, now: string, userId: number]> = {
  name: "remove-key-dates",
  text: `
    with removed as (
      update key_date
      set row_version = key_date.row_version + 1, soft_deleted = 1,
        last_updated_datetime = $2::timestamp, last_updated_user_id = $3::bigint
      from json_to_recordset($1::json) as asked (key_date_id bigint, row_version bigint)
      where key_date.key_date_id = asked.key_date_id and key_date.row_version = asked.row_version
      returning 1
    )
    select mpc_delius.require_rows('key_date', json_array_length($1::json), (select count(*) from removed))`,
  row: z.unknown(),
};

const change: Statement<unknown, [changed: Json<Rows["changed"]>, now: string, userId: number]> = {
  name: "change-key-dates",
  text: `
    with changed as (
      update key_date
      set row_version = key_date.row_version + 1, key_date = asked.date, soft_deleted = 0,
        last_updated_datetime = $2::timestamp, last_updated_user_id = $3::bigint
      from json_to_recordset($1::json) as asked (key_date_id bigint, row_version bigint, date date)
      where key_date.key_date_id = asked.key_date_id and key_date.row_version = asked.row_version
      returning 1
    )
    select mpc_delius.require_rows('key_date', json_array_length($1::json), (select count(*) from changed))`,
  row: z.unknown(),
};

const insert: Statement<unknown, [inserted: Json<Rows["inserted"]>, now: string, userId: number]> = {
  name: "insert-key-dates",
  text: `
    with inserted as (
      insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted, partition_area_id,
        created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('key_date_id_seq'), 0, asked.custody_id, date_type.standard_reference_list_id, asked.date, 0, 0,
        $2::timestamp, $3::bigint, $2::timestamp, $3::bigint
      from json_to_recordset($1::json) as asked (custody_id bigint, type text, date date)
      join lateral (
        select entry.standard_reference_list_id
        from r_reference_data_master code_set
        join r_standard_reference_list entry using (reference_data_master_id)
        where code_set.code_set_name = 'THROUGHCARE DATE TYPE' and entry.code_value = asked.type
          and code_set.training_session_id is null and entry.training_session_id is null
        order by entry.selectable desc, entry.standard_reference_list_id
        fetch first 1 rows only
      ) date_type on true
      order by asked.custody_id, asked.type
      returning 1
    )
    select mpc_delius.require_codes('key_date', json_array_length($1::json), (select count(*) from inserted))`,
  row: z.unknown(),
};

/**
 * Writes changes of key dates, of any number of custodies: removals, then updates and revivals, then new rows, in
 * statements that are sent together, for Delius takes no two rows of one date, be one of them deleted (rule H3).
 * Fails with a passing database error when a row is no longer as it was read (rule D6).
 */
export async function writeKeyDates(tx: Transaction, changes: readonly KeyDateChange[], author: Author): Promise<void> {
  const values = [writeDeliusTime(author.now), author.userId] as const;
  const { removed, changed, inserted } = toRows(changes);
  await Promise.all([
    removed.length > 0 ? tx.list(remove, [JSON.stringify(removed), ...values]) : null,
    changed.length > 0 ? tx.list(change, [JSON.stringify(changed), ...values]) : null,
    inserted.length > 0 ? tx.list(insert, [JSON.stringify(inserted), ...values]) : null,
  ]);
}

function toRows(changes: readonly KeyDateChange[]) {
  const removed = changes.flatMap((one) => (one.kind === "remove" || one.kind === "replace" ? one.before : []));
  const changed = changes.flatMap((one) => {
    if (one.kind === "update") return { ...one.before, date: one.date };
    return one.kind === "revive" || one.kind === "replace" ? one.deleted : [];
  });
  return {
    removed: removed.map(({ keyDateId, rowVersion }) => ({ key_date_id: keyDateId, row_version: rowVersion })),
    changed: changed.map(({ keyDateId, rowVersion, date }) => ({
      key_date_id: keyDateId,
      row_version: rowVersion,
      date,
    })),
    inserted: changes.flatMap((one) =>
      one.kind === "insert" ? { custody_id: one.custodyId, type: one.type, date: one.date } : [],
    ),
  };
}
