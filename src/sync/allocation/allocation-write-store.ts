import { z } from "zod";
import type { Statement, Transaction } from "../../platform/database/database.ts";
import type { Json } from "../../platform/database/json-text.ts";
import type { Author } from "../fact/fact-handler.ts";
import { writeDeliusTime } from "../../platform/time/london-time.ts";
import { orderWrites, type AllocationWrite } from "./allocation-changes.ts";
import { toAdded, toChanged } from "./allocation-rows.ts";

type Changed = ReturnType<typeof toChanged>;
type Added = ReturnType<typeof toAdded>;

// Each list is a document of its own: in one that holds all of them, PostgreSQL would read every list to find one.

const change: Statement<
  unknown,
  [poms: Json<Changed["poms"]>, responsibleOfficers: Json<Changed["responsibleOfficers"]>, now: string, userId: number]
> = {
  name: "change-allocations",
  text: `
    with changed_pom as (
      update prison_offender_manager standing
      set row_version = standing.row_version + 1, end_date = planned.end_date,
        active_flag = case when planned.end_date is null then 1 else 0 end,
        soft_deleted = case when planned.removed then 1 else 0 end,
        email_address = planned.email,
        last_updated_datetime = $3::timestamp, last_updated_user_id = $4::bigint
      from json_to_recordset($1::json)
        as planned (pom_id bigint, row_version bigint, end_date timestamp, email text, removed boolean)
      where standing.prison_offender_manager_id = planned.pom_id and standing.row_version = planned.row_version
      returning 1
    ), changed_responsible_officer as (
      update responsible_officer standing
      set row_version = standing.row_version + 1, start_date = planned.start_date, end_date = planned.end_date,
        prison_offender_manager_id = planned.pom_id,
        last_updated_datetime = $3::timestamp, last_updated_user_id = $4::bigint
      from json_to_recordset($2::json) as planned (
        responsible_officer_id bigint, row_version bigint, start_date timestamp, end_date timestamp, pom_id bigint)
      where standing.responsible_officer_id = planned.responsible_officer_id
        and standing.row_version = planned.row_version
      returning 1
    )
    select
      mpc_delius.require_rows('prison_offender_manager',
        json_array_length($1::json), (select count(*) from changed_pom)),
      mpc_delius.require_rows('responsible_officer',
        json_array_length($2::json), (select count(*) from changed_responsible_officer))`,
  row: z.unknown(),
};

const insert: Statement<
  unknown,
  [
    officers: Json<Added["officers"]>,
    poms: Json<Added["poms"]>,
    responsibleOfficers: Json<Added["responsibleOfficers"]>,
    movedResponsibleOfficers: Json<Added["movedResponsibleOfficers"]>,
    contacts: Json<Added["contacts"]>,
    now: string,
    userId: number,
  ]
> = {
  name: "insert-allocations",
  text: `
    with author as (
      select $6::timestamp as now, $7::bigint as user_id
    ), new_officer as (
      insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private,
        created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('staff_id_seq'), 0, code, forename, surname, probation_area_id, start_date, 0,
        now, user_id, now, user_id
      from author, json_to_recordset($1::json)
        as officer (code text, forename text, surname text, probation_area_id bigint, start_date timestamp)
      returning staff_id, officer_code
    ), new_pom as materialized (
      select nextval('prison_offender_manager_id_seq') as pom_id, pom.*,
        coalesce(pom.known_staff_id, new_officer.staff_id) as staff_id
      from json_to_recordset($2::json) as pom (offender_id bigint, known_staff_id bigint, officer_code text,
        team_id bigint, probation_area_id bigint, start_date timestamp, email text, reason text, joins_team_id bigint)
      left join new_officer on new_officer.officer_code = pom.officer_code::bpchar
    ), joined_team as (
      insert into staff_team (staff_id, team_id, row_version,
        created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select distinct on (staff_id, joins_team_id) staff_id, joins_team_id, 0, now, user_id, now, user_id
      from author, new_pom
      where joins_team_id is not null
      on conflict do nothing
    ), inserted_pom as (
      insert into prison_offender_manager (prison_offender_manager_id, row_version, offender_id, allocation_date,
        allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id, end_date, active_flag,
        email_address, soft_deleted, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select pom_id, 0, offender_id, start_date, reason.standard_reference_list_id, staff_id, team_id, probation_area_id,
        null, 1, email, 0, now, user_id, now, user_id
      from author, new_pom
      join lateral (
        select entry.standard_reference_list_id
        from r_reference_data_master code_set
        join r_standard_reference_list entry using (reference_data_master_id)
        where code_set.code_set_name = 'POM ALLOCATION REASON' and entry.code_value = new_pom.reason
          and code_set.training_session_id is null and entry.training_session_id is null
        order by entry.selectable desc, entry.standard_reference_list_id
        fetch first 1 rows only
      ) reason on true
      returning 1
    ), inserted_responsible_officer as (
      insert into responsible_officer (responsible_officer_id, row_version, offender_id, prison_offender_manager_id,
        start_date, end_date, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('responsible_officer_id_seq'), 0, offender_id, new_pom.pom_id, added.start_date, added.end_date,
        now, user_id, now, user_id
      from author, json_to_recordset($3::json)
        as added (offender_id bigint, start_date timestamp, end_date timestamp)
      join new_pom using (offender_id)
      returning 1
    ), moved_responsible_officer as (
      update responsible_officer standing
      set row_version = standing.row_version + 1, start_date = planned.start_date, end_date = planned.end_date,
        prison_offender_manager_id = new_pom.pom_id, last_updated_datetime = now, last_updated_user_id = user_id
      from author, json_to_recordset($4::json) as planned (offender_id bigint,
        responsible_officer_id bigint, row_version bigint, start_date timestamp, end_date timestamp)
      join new_pom using (offender_id)
      where standing.responsible_officer_id = planned.responsible_officer_id
        and standing.row_version = planned.row_version
      returning 1
    ), inserted_contact as (
      insert into contact (contact_id, row_version, offender_id, contact_type_id, contact_date, contact_start_time, notes,
        probation_area_id, team_id, staff_id, trust_provider_flag, trust_provider_team_id, staff_employee_id,
        soft_deleted, partition_area_id,
        created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('contact_id_seq'), 0, offender_id, contact_type_id, date, at, notes,
        probation_area_id, team_id, staff_id, 0, team_id, staff_id, 0, 0, now, user_id, now, user_id
      from author, (
        select contact.*, contact_type_id, probation_area_id, team_id, staff_id
        from rows from (json_to_recordset($5::json)
          as (offender_id bigint, type text, date date, at timestamp, notes text)) with ordinality
          as contact (offender_id, type, date, at, notes, place)
        join new_pom using (offender_id)
        join lateral (
          select found.contact_type_id
          from r_contact_type found
          where found.code = contact.type and found.training_session_id is null
          order by found.selectable desc, found.contact_type_id
          fetch first 1 rows only
        ) contact_type on true
        order by contact.place
      ) contact
      returning 1
    )
    select
      mpc_delius.require_codes('prison_offender_manager',
        json_array_length($2::json), (select count(*) from inserted_pom)),
      mpc_delius.require_rows('responsible_officer',
        json_array_length($4::json), (select count(*) from moved_responsible_officer)),
      mpc_delius.require_codes('responsible_officer',
        json_array_length($3::json), (select count(*) from inserted_responsible_officer)),
      mpc_delius.require_codes('contact',
        json_array_length($5::json), (select count(*) from inserted_contact))`,
  row: z.unknown(),
};

/**
 * Writes what was decided for any number of persons, in three statements that are sent together: rows that end or go;
 * rows that open again, last longer or move; then new rows: officers and their teams, POMs, responsible officers and
 * contacts. Fails with a passing database error when a row is no longer as it was read (rules D6, D7).
 */
export async function writeAllocations(
  tx: Transaction,
  writes: readonly AllocationWrite[],
  { now, userId }: Author,
): Promise<void> {
  const author = [writeDeliusTime(now), userId] as const;
  const { closing, reopening, moving } = orderWrites(writes);
  const added = toAdded(writes, moving);
  await Promise.all([
    ...[closing, reopening]
      .filter(({ poms, responsibleOfficers }) => poms.length > 0 || responsibleOfficers.length > 0)
      .map((rows) => {
        const { poms, responsibleOfficers } = toChanged(rows);
        return tx.list(change, [JSON.stringify(poms), JSON.stringify(responsibleOfficers), ...author]);
      }),
    ...(added.poms.length > 0
      ? [
          tx.list(insert, [
            JSON.stringify(added.officers),
            JSON.stringify(added.poms),
            JSON.stringify(added.responsibleOfficers),
            JSON.stringify(added.movedResponsibleOfficers),
            JSON.stringify(added.contacts),
            ...author,
          ]),
        ]
      : []),
  ]);
}
