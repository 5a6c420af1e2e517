import type pg from "pg";
import { addCase, type SeedCase } from "./case.ts";
import type { Keys } from "./organisation.ts";
import type { SeedRows } from "./rows.ts";

// What real data has beside the sandbox's people, in every seed: rows that the service must not take for theirs. Their keys
// are far from all others'; the cases stay out of reconciliations, for Manage POM Cases does not know them.

const firstKey = 90_000_000;
// Between the sandbox's people and generated ones, because the progress of a reconciliation is measured by the keys of cases.
const firstPerson = 950;
const priya = { officer: "N02C001", team: "N02CMT" };
const led = { com: priya, comResponsible: [{ start: new Date("2026-01-08T09:30:00Z") }] };
// An older service wrote its days as midnights.
const early = new Date("2025-02-03T00:00:00Z");
const late = new Date("2025-03-03T00:00:00Z");
const pom = { officer: "N07C001", team: "N07POM" };

const people: readonly SeedCase[] = [
  // These two share a NOMS number, and one of them has a sentence.
  { id: firstPerson + 1, crn: "W100001", noms: "A1920AA", ...led, sentences: [{ status: "P" }] },
  { id: firstPerson + 2, crn: "W100002", noms: "A1920AA", ...led },
  // Two POM rows begin at one moment, and one of them ends there; the COM is made one of another body below.
  {
    id: firstPerson + 3,
    crn: "W100003",
    noms: "A1922AA",
    ...led,
    poms: [
      { ...pom, start: early, end: early },
      { ...pom, start: early, end: late },
    ],
    sentences: [{ status: "P" }],
  },
];

const audit = "created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id";
const keyDate = `insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted,
    partition_area_id, training_session_id, ${audit})`;
const staff = `insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date,
    end_date, private, training_session_id, ${audit})`;
const user = "insert into user_ (user_id, distinguished_name, staff_id, training_session_id)";

const areOdd = `offender_id > ${firstPerson} and offender_id <= ${firstPerson + 3}`;
const statements: readonly string[] = [
  // Keys that a sequence of the sandbox never comes to; it goes on from those of the people.
  `update prison_offender_manager set prison_offender_manager_id = ${firstKey} + prison_offender_manager_id
   where ${areOdd}`,
  `update responsible_officer set responsible_officer_id = ${firstKey} + responsible_officer_id where ${areOdd}`,
  // Dates of a sentence: two that another system wrote and deleted, and one of a training session.
  `${keyDate}
   select ${firstKey} + twin.key, 3, disposal_id, standard_reference_list_id, twin.date, twin.deleted, 0, twin.training,
     timestamp '2025-01-06 00:00', 2, timestamp '2025-01-06 00:00', 2
   from disposal join event using (event_id), r_standard_reference_list,
     (values (1, date '2026-03-01', 1, null::bigint), (2, date '2026-03-08', 1, null), (3, date '2026-03-15', 0, 1))
       as twin (key, date, deleted, training)
   where offender_id = ${firstPerson + 3} and code_value = 'POM2'`,
  `insert into team (team_id, code, description, district_id, probation_area_id, end_date)
   select ${firstKey} + team_id, code, description, district_id, probation_area_id, timestamp '2024-03-31 00:00'
   from team where code in ('N02POM', 'N02CMT')`,
  `insert into r_institution (institution_id, establishment, selectable, nomis_cde_code)
   select ${firstKey} + institution_id, 'N', selectable, nomis_cde_code from r_institution where nomis_cde_code = 'WDI' and establishment = 'Y'`,
  `${user}
   select ${firstKey + 1}, 'FormerlyDubois', staff_id, null from staff where officer_code = 'N07C001'`,
  `${user}
   select ${firstKey + 2}, distinguished_name, staff_id, 1 from user_ where user_id = 1`,
  // Three more with one code: who works too, who has left, and one of a training session.
  `${staff}
   select ${firstKey} + twin.key, 0, officer_code, twin.forename, twin.surname, probation_area_id, start_date,
     twin.ended, 0, twin.training, ${audit}
   from staff,
     (values (1, 'Winifred', 'Ashworth', null::timestamp, null::bigint),
       (2, 'Osbert', 'Ashworth', timestamp '2025-06-30 00:00', null), (3, 'Priya', 'Raman', null, 1))
       as twin (key, forename, surname, ended, training)
   where officer_code = 'N02C001'`,
  `insert into offender (offender_id, row_version, crn, noms_number, soft_deleted, partition_area_id,
     training_session_id)
   select ${firstPerson + 4}, 0, crn, noms_number, 0, 0, 1 from offender where crn = 'X100009'`,
  `update offender_manager set team_id = null, allocation_staff_id = null where offender_id = ${firstPerson + 3}`,
];

/** Adds them beside the sandbox's people; call it when those, and all that the rows refer to, are written. */
export async function addOddRows(client: pg.ClientBase, rows: SeedRows, keys: Keys): Promise<void> {
  for (const person of people) addCase(rows, keys, person);
  await rows.flush(client);
  for (const statement of statements) await client.query(statement);
}
