import { z } from "zod";
import type { Executor, Statement, Transaction } from "../adapters/database.ts";
import type { Author } from "../inbox/fact-handler.ts";
import type { OffenderId } from "../person/person.ts";
import { custodyIdSchema, keyDateIdSchema, keyDateTypes, type Custody } from "./custody.ts";
import type { KeyDateChange } from "./handover.ts";

const custodies: Statement<{ readonly custodies: readonly Custody[] }> = {
  name: "list-custodies",
  text: `
    select coalesce((
      select json_agg(json_build_object('custodyId', custody.custody_id, 'keyDates', coalesce((
        select json_agg(json_build_object(
          'keyDateId', key_date.key_date_id,
          'rowVersion', key_date.row_version,
          'type', date_type.code_value,
          'date', key_date.key_date
        ) order by key_date.created_datetime, key_date.key_date_id)
        from key_date
        join r_standard_reference_list date_type on date_type.standard_reference_list_id = key_date.key_date_type_id
        join r_reference_data_master code_set on code_set.reference_data_master_id = date_type.reference_data_master_id
        where key_date.custody_id = custody.custody_id and key_date.soft_deleted = 0
          and code_set.code_set_name = 'THROUGHCARE DATE TYPE' and date_type.code_value in ('POM1', 'POM2')
      ), '[]')) order by custody.custody_id)
      from event
      join disposal on disposal.event_id = event.event_id and disposal.active_flag = 1 and disposal.soft_deleted = 0
      join custody on custody.disposal_id = disposal.disposal_id and custody.soft_deleted = 0
      where event.offender_id = asked.offender_id and event.active_flag = 1 and event.soft_deleted = 0
    ), '[]') as custodies
    from unnest($1::bigint[]) with ordinality as asked (offender_id, place)
    order by asked.place`,
  row: z.object({
    custodies: z.array(
      z.object({
        custodyId: custodyIdSchema,
        keyDates: z.array(
          z.object({
            keyDateId: keyDateIdSchema,
            rowVersion: z.int(),
            type: z.enum(keyDateTypes),
            date: z.iso.date(),
          }),
        ),
      }),
    ),
  }),
};

/**
 * The custodies of each person's active custodial sentences with their live handover dates, the oldest first; in the
 * order asked (spec 1.1, 1.3).
 */
export async function listCustodies(
  executor: Executor,
  persons: readonly OffenderId[],
): Promise<readonly (readonly Custody[])[]> {
  const rows = await executor.list(custodies, [persons]);
  return rows.map((row) => row.custodies);
}

const write: Statement<unknown> = {
  name: "write-key-dates",
  text: `
    with asked as (
      select change.*, to_timestamp($2::bigint / 1000.0) as now, $3::bigint as user_id
      from json_to_recordset($1::json) as change (
        kind text, custody_id bigint, type text, date date, key_date_id bigint, row_version bigint)
    ), inserted as (
      insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted, partition_area_id,
        created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('key_date_id_seq'), 0, asked.custody_id, date_type.standard_reference_list_id, asked.date, 0, 0,
        asked.now, asked.user_id, asked.now, asked.user_id
      from asked
      join r_reference_data_master code_set on code_set.code_set_name = 'THROUGHCARE DATE TYPE'
      join r_standard_reference_list date_type
        on date_type.reference_data_master_id = code_set.reference_data_master_id and date_type.code_value = asked.type
      where asked.kind = 'insert'
      order by asked.custody_id, asked.type
      returning 1
    ), changed as (
      update key_date
      set row_version = key_date.row_version + 1,
        key_date = coalesce(asked.date, key_date.key_date),
        soft_deleted = case when asked.kind = 'remove' then 1 else 0 end,
        last_updated_datetime = asked.now, last_updated_user_id = asked.user_id
      from asked
      where asked.kind <> 'insert'
        and key_date.key_date_id = asked.key_date_id and key_date.row_version = asked.row_version
      returning 1
    )
    select
      mpc_delius.require_codes('key_date',
        (select count(*) from asked where kind = 'insert'), (select count(*) from inserted)),
      mpc_delius.require_rows('key_date',
        (select count(*) from asked where kind <> 'insert'), (select count(*) from changed))`,
  row: z.unknown(),
};

/**
 * Writes changes of key dates, of any number of custodies, in one statement. Fails with a passing database error when
 * a row is no longer as it was read (spec 2, `row_version`).
 */
export async function writeKeyDates(tx: Transaction, changes: readonly KeyDateChange[], author: Author): Promise<void> {
  await tx.list(write, [JSON.stringify(changes.map(toRow)), author.now, author.userId]);
}

function toRow(change: KeyDateChange) {
  if (change.kind === "insert") {
    return { kind: change.kind, custody_id: change.custodyId, type: change.type, date: change.date };
  }
  const { keyDateId, rowVersion } = change.before;
  const date = change.kind === "update" ? change.date : null;
  return { kind: change.kind, key_date_id: keyDateId, row_version: rowVersion, date };
}
