import type { TestDatabase } from "../support/test-database.ts";

/** Gives a case 40 POM periods of a month each, and 200 messages that left Delius as it was. */
export async function addLongHistory(database: TestDatabase, crn: string): Promise<void> {
  await database.query(
    "delete from responsible_officer where offender_id = (select offender_id from offender where crn = $1)",
    [crn],
  );
  await database.query(
    "delete from prison_offender_manager where offender_id = (select offender_id from offender where crn = $1)",
    [crn],
  );
  await database.query(
    `insert into prison_offender_manager (prison_offender_manager_id, row_version, offender_id, allocation_date,
       allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id, end_date, active_flag,
       soft_deleted, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
     select nextval('prison_offender_manager_id_seq'), 0, offender.offender_id, months.start, pom.allocation_reason_id,
       pom.allocation_staff_id, pom.allocation_team_id, pom.probation_area_id,
       case when month = 0 then null else months.start + interval '30 days' end, case when month = 0 then 1 else 0 end,
       0, months.start, pom.created_by_user_id, months.start, pom.last_updated_user_id
     from offender, generate_series(0, 39) month,
       lateral (select timestamp '2026-03-01 09:00' - month * interval '30 days' as start) months,
       (select * from prison_offender_manager fetch first 1 rows only) pom
     where offender.crn = $1`,
    [crn],
  );
  await database.query(
    `insert into mpc_delius.journal (inbox_key, fact, offender_id, event_type, noms_number, crn, occurred_at, received_at,
       decided_at, outcome, outcome_class, properties, answer, reasons, changes)
     select 'history-' || number, 'allocation', offender_id, 'offender-management.allocation.changed', noms_number, crn,
       at, at, at, 'NoPomChange', 'no change', '{}', '{"kind":"deallocated"}', '["The case had no open POM."]', '[]'
     from offender, generate_series(1, 200) number, lateral (select timestamptz '2026-03-01Z' - number * interval '6 days' as at) moments
     where crn = $1`,
    [crn],
  );
}
