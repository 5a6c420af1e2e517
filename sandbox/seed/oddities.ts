import type pg from "pg";

const audit = "created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id";
const keyDate = `insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted,
    partition_area_id, training_session_id, ${audit})`;
const pom = `insert into prison_offender_manager (prison_offender_manager_id, row_version, offender_id, allocation_date,
    end_date, allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id, active_flag,
    soft_deleted, ${audit})`;
const staff = `insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date,
    end_date, private, training_session_id, ${audit})`;
const user = "insert into user_ (user_id, distinguished_name, staff_id, training_session_id)";
const person = `insert into offender (offender_id, row_version, crn, noms_number, soft_deleted, partition_area_id,
    training_session_id)`;

/** Keys for new rows, beyond those that the table has. */
const keysOf = (table: string, key: string, order = key) =>
  `(select max(${key}) from ${table}) + row_number() over (order by chosen.${order})`;
/** Every so many rows of a table, the first one among them, as `chosen`. */
const every = (count: number, rows: string, key: string) =>
  `(select * from (select rows.*, row_number() over (order by ${key}) as place from (${rows}) rows) numbered
    where place % ${count} = 1) chosen`;

const generatedStaff =
  "select * from staff where training_session_id is null and officer_code similar to '___[KP]\\d{3}'";
const generatedPersons = "select * from offender where crn like 'Y%' and noms_number is not null and soft_deleted = 0";
const sentenced = `${generatedPersons} and exists (
    select from event join disposal using (event_id) join custody using (disposal_id)
    join r_standard_reference_list status on standard_reference_list_id = custodial_status_id
    where event.offender_id = offender.offender_id and event.active_flag = 1 and status.code_value <> 'P')`;
const dates = `select key_date.* from key_date join r_standard_reference_list on standard_reference_list_id = key_date_type_id
    where code_value = 'POM2' and soft_deleted = 0 and key_date.training_session_id is null and custody_id > 10000`;
const firstPoms = `select distinct on (offender_id) * from prison_offender_manager
    where offender_id > 1000 order by offender_id, allocation_date`;

/** The day before the first POM of a case, at midnight, as an older service wrote its days. */
const midnight = "date_trunc('day', chosen.allocation_date) - interval '1 day'";
const heldBy =
  "chosen.allocation_reason_id, chosen.allocation_staff_id, chosen.allocation_team_id, chosen.probation_area_id";

// One statement for each thing that real data has and a well-kept table has not.
const oddities: readonly string[] = [
  // Dates that another system wrote and deleted: one of them is that to which a case may drift.
  `${keyDate}
   select ${keysOf("key_date", "key_date_id")}, 3, custody_id, key_date_type_id, wanted, 1, 0, null,
     created_datetime, 2, created_datetime, 2
   from ${every(4, dates, "key_date_id")}, lateral (values (date '2040-03-01'), (key_date + 7)) deleted (wanted)`,
  `${keyDate}
   select ${keysOf("key_date", "key_date_id")}, 0, custody_id, key_date_type_id, key_date + 14, 0, 0, 1, ${audit}
   from ${every(5, dates, "key_date_id")}`,
  // Two rows begin at one midnight, and one of them ends there.
  `${pom}
   select ${keysOf("prison_offender_manager", "prison_offender_manager_id")}, 0, offender_id, ${midnight}, ended,
     ${heldBy}, 0, 0, ${audit}
   from ${every(5, firstPoms, "offender_id")},
     lateral (values (${midnight}), (chosen.allocation_date)) periods (ended)`,
  `insert into team (team_id, code, description, district_id, probation_area_id, end_date)
   select ${keysOf("team", "team_id")}, code, description, district_id, probation_area_id, date '2024-03-31'
   from team chosen`,
  `insert into r_institution (institution_id, establishment, selectable, nomis_cde_code)
   select institution_id, 'N', selectable, nomis_cde_code from r_institution`,
  `${user}
   select ${keysOf("user_", "user_id", "staff_id")}, name || chosen.staff_id, chosen.staff_id, null
   from ${every(20, generatedStaff, "staff_id")}, (values ('Officer'), ('Former')) named (name)`,
  // The service's own user has a twin of training.
  `${user}
   select ${keysOf("user_", "user_id")}, distinguished_name, staff_id, 1
   from user_ chosen where user_id = 1`,
  `${staff}
   select ${keysOf("staff", "staff_id")}, 0, officer_code, 'Other', 'Bearer', probation_area_id, start_date,
     ended, 0, null, ${audit}
   from ${every(25, generatedStaff, "staff_id")}, (values (null::timestamp), (timestamp '2025-06-30 00:00')) periods (ended)`,
  `${staff}
   select ${keysOf("staff", "staff_id")}, 0, officer_code, forename, surname, probation_area_id, start_date, end_date,
     private, 1, ${audit}
   from ${every(30, generatedStaff, "staff_id")}`,
  // A second person with the number of one who has a sentence, and a training person with one's numbers.
  `${person}
   select ${keysOf("offender", "offender_id")}, 0, 'W' || right(crn, 6), noms_number, 0, 0, null
   from ${every(25, sentenced, "offender_id")}`,
  `${person}
   select ${keysOf("offender", "offender_id")}, 0, crn, noms_number, 0, 0, 1
   from ${every(30, generatedPersons, "offender_id")}`,
  // A COM of another body has neither team nor staff row.
  `update offender_manager set team_id = null, allocation_staff_id = null
   from ${every(35, generatedPersons, "offender_id")} where offender_manager.offender_id = chosen.offender_id`,
];

/** Lets some of the generated cases and the organisation around them be as odd as real ones are. */
export async function addOddities(client: pg.ClientBase): Promise<void> {
  for (const oddity of oddities) await client.query(oddity);
}
