import { z } from "zod";
import type { Statement, Transaction } from "../adapters/database.ts";
import type { Author } from "../inbox/fact-handler.ts";
import type { OffenderId } from "../person/person.ts";
import { londonDate } from "../time/london-time.ts";
import type { AllocationChanges } from "./allocation-changes.ts";

/** The changes that were decided for one person. */
export interface AllocationWrite {
  readonly offenderId: OffenderId;
  readonly changes: AllocationChanges;
}

const write: Statement<unknown> = {
  name: "write-allocations",
  text: `
    with author as (
      select to_timestamp($2::bigint / 1000.0) as now, $3::bigint as user_id
    ), new_officer as (
      insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private,
        created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('staff_id_seq'), 0, code, forename, surname, probation_area_id, to_timestamp(start_ms / 1000.0), 0,
        now, user_id, now, user_id
      from author, json_to_recordset($1::json -> 'officers')
        as officer (code text, forename text, surname text, probation_area_id bigint, start_ms bigint)
      returning staff_id, officer_code
    ), new_pom as materialized (
      select nextval('prison_offender_manager_id_seq') as pom_id, pom.*,
        coalesce(pom.known_staff_id, new_officer.staff_id) as staff_id,
        to_timestamp(start_ms / 1000.0) as started
      from json_to_recordset($1::json -> 'poms') as pom (offender_id bigint, known_staff_id bigint, officer_code text,
        team_id bigint, probation_area_id bigint, start_ms bigint, email text, reason text, joins_team_id bigint)
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
      select pom_id, 0, offender_id, started, reason.standard_reference_list_id, staff_id, team_id, probation_area_id,
        null, 1, email, 0, now, user_id, now, user_id
      from author, new_pom
      join r_reference_data_master code_set on code_set.code_set_name = 'POM ALLOCATION REASON'
      join r_standard_reference_list reason
        on reason.reference_data_master_id = code_set.reference_data_master_id and reason.code_value = new_pom.reason
      returning 1
    ), changed_pom as (
      update prison_offender_manager standing
      set row_version = standing.row_version + 1, end_date = to_timestamp(end_ms / 1000.0),
        email_address = planned.email, soft_deleted = case when planned.removed then 1 else 0 end,
        active_flag = case when planned.end_ms is null and not planned.removed then 1 else 0 end,
        last_updated_datetime = now, last_updated_user_id = user_id
      from author, json_to_recordset($1::json -> 'pomChanges')
        as planned (pom_id bigint, row_version bigint, end_ms bigint, email text, removed boolean)
      where standing.prison_offender_manager_id = planned.pom_id and standing.row_version = planned.row_version
      returning 1
    ), inserted_responsible_officer as (
      insert into responsible_officer (responsible_officer_id, row_version, offender_id, prison_offender_manager_id,
        start_date, end_date, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('responsible_officer_id_seq'), 0, offender_id, new_pom.pom_id, to_timestamp(added.start_ms / 1000.0),
        to_timestamp(added.end_ms / 1000.0), now, user_id, now, user_id
      from author, json_to_recordset($1::json -> 'responsibleOfficers')
        as added (offender_id bigint, start_ms bigint, end_ms bigint)
      join new_pom using (offender_id)
      returning 1
    ), changed_responsible_officer as (
      update responsible_officer standing
      set row_version = standing.row_version + 1,
        start_date = to_timestamp(planned.start_ms / 1000.0), end_date = to_timestamp(planned.end_ms / 1000.0),
        prison_offender_manager_id = coalesce(planned.pom_id, new_pom.pom_id, standing.prison_offender_manager_id),
        last_updated_datetime = now, last_updated_user_id = user_id
      from author, json_to_recordset($1::json -> 'responsibleOfficerChanges') as planned (offender_id bigint,
        responsible_officer_id bigint, row_version bigint, start_ms bigint, end_ms bigint, pom_id bigint, to_new_pom boolean)
      left join new_pom on planned.to_new_pom and new_pom.offender_id = planned.offender_id
      where standing.responsible_officer_id = planned.responsible_officer_id
        and standing.row_version = planned.row_version
      returning 1
    ), inserted_contact as (
      insert into contact (contact_id, row_version, offender_id, contact_type_id, contact_date, contact_start_time, notes,
        probation_area_id, team_id, staff_id, soft_deleted, partition_area_id,
        created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
      select nextval('contact_id_seq'), 0, offender_id, contact_type_id, date, at, notes,
        probation_area_id, team_id, staff_id, 0, 0, now, user_id, now, user_id
      from author, (
        select contact.*, to_timestamp(at_ms / 1000.0) as at, contact_type_id, probation_area_id, team_id, staff_id
        from rows from (json_to_recordset($1::json -> 'contacts')
          as (offender_id bigint, type text, date date, at_ms bigint, notes text)) with ordinality
          as contact (offender_id, type, date, at_ms, notes, place)
        join new_pom using (offender_id)
        join r_contact_type contact_type on contact_type.code = contact.type
        order by contact.place
      ) contact
      returning 1
    )
    select
      mpc_delius.require_codes('prison_offender_manager',
        json_array_length($1::json -> 'poms'), (select count(*) from inserted_pom)),
      mpc_delius.require_rows('prison_offender_manager',
        json_array_length($1::json -> 'pomChanges'), (select count(*) from changed_pom)),
      mpc_delius.require_rows('responsible_officer',
        json_array_length($1::json -> 'responsibleOfficers') + json_array_length($1::json -> 'responsibleOfficerChanges'),
        (select count(*) from inserted_responsible_officer) + (select count(*) from changed_responsible_officer)),
      mpc_delius.require_codes('contact',
        json_array_length($1::json -> 'contacts'), (select count(*) from inserted_contact))`,
  row: z.unknown(),
};

/**
 * Writes what was decided for any number of persons in one statement: new officers and their teams, POM rows,
 * responsible officer rows and contacts. Fails with a passing database error when a row is no longer as it was read
 * (spec 1.4, 2).
 */
export async function writeAllocations(
  tx: Transaction,
  writes: readonly AllocationWrite[],
  { now, userId }: Author,
): Promise<void> {
  const document = {
    officers: writes.flatMap(toOfficer),
    poms: writes.flatMap(toNewPom),
    pomChanges: writes.flatMap(toPomChanges),
    responsibleOfficers: writes.flatMap(toNewResponsibleOfficer),
    responsibleOfficerChanges: writes.flatMap(toResponsibleOfficerChanges),
    contacts: writes.flatMap(toContacts),
  };
  await tx.list(write, [JSON.stringify(document), now, userId]);
}

function toOfficer({ changes: { newPom } }: AllocationWrite) {
  if (newPom === null || "staffId" in newPom.officer) return [];
  const { code, forename, surname, providerId, start } = newPom.officer;
  return [{ code, forename, surname, probation_area_id: providerId, start_ms: start }];
}

function toNewPom({ offenderId, changes: { newPom } }: AllocationWrite) {
  if (newPom === null) return [];
  const { officer, team, provider, start, email, reason, joinsTeam } = newPom;
  const staff = "staffId" in officer ? { known_staff_id: officer.staffId } : { officer_code: officer.code };
  return [
    {
      ...staff,
      offender_id: offenderId,
      team_id: team.teamId,
      probation_area_id: provider.providerId,
      start_ms: start,
      email,
      reason: reason.code,
      joins_team_id: joinsTeam,
    },
  ];
}

function toPomChanges({ changes: { poms } }: AllocationWrite) {
  return poms.map(({ after: { pomId, rowVersion, end, email, removed } }) => ({
    pom_id: pomId,
    row_version: rowVersion,
    end_ms: end,
    email,
    removed,
  }));
}

function toNewResponsibleOfficer({ offenderId, changes: { newResponsibleOfficer: added } }: AllocationWrite) {
  return added === null ? [] : [{ offender_id: offenderId, start_ms: added.start, end_ms: added.end }];
}

function toResponsibleOfficerChanges({ offenderId, changes: { responsibleOfficers } }: AllocationWrite) {
  return responsibleOfficers.map(({ after }) => ({
    offender_id: offenderId,
    responsible_officer_id: after.responsibleOfficerId,
    row_version: after.rowVersion,
    start_ms: after.start,
    end_ms: after.end,
    pom_id: after.pomId === "new" ? null : after.pomId,
    to_new_pom: after.pomId === "new",
  }));
}

function toContacts({ offenderId, changes: { contacts } }: AllocationWrite) {
  return contacts.map(({ type, at, notes }) => ({
    offender_id: offenderId,
    type,
    date: londonDate(at),
    at_ms: at,
    notes,
  }));
}
