import type { Action } from "../../sandbox/mpc/prisoner.ts";
import { managers } from "../../sandbox/mpc/page.ts";
import type { SeedCase, SeedPom } from "../../sandbox/seed/case.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { writeDeliusTime } from "../../src/platform/time/london-time.ts";
import { custodyOf, plainCases } from "./messages.ts";
import type { TestDatabase } from "./test-database.ts";

// Cases that bring a walk up against every constraint of Delius.

const standingSince = new Date("2026-01-08T09:30:00Z");
const planned = new Date("2031-01-08T09:30:00Z");
const post = { officer: "N03A001", team: "N03POM", isResponsible: true };

/** What Delius holds of one case after another: each row is responsible for its own period. */
const histories: readonly (readonly SeedPom[])[] = [
  [],
  [{ ...post, start: standingSince }],
  // The POM of now hands over to one who is planned.
  [
    { ...post, start: standingSince, end: planned },
    { ...post, officer: "N03A999", start: planned },
  ],
  // The POM of now ends, and no one follows.
  [{ ...post, start: standingSince, end: planned }],
  // No one is the POM, and someone is planned.
  [{ ...post, start: planned }],
];

/** A case of those of {@link seedWalkedCases} with a responsible POM and nothing planned. */
export const settledCase = 1;

/** The allocation that most of the cases have already. */
export function requireStandingAllocation(): Action {
  const manager = managers.find(({ surname }) => surname === "Adeyemi");
  if (manager === undefined) throw new Error("The simulator has no officer Adeyemi.");
  return { kind: "allocate", manager, prison: "LEI" };
}

// Rows beside those of the walk, which the service must not take for theirs: closed teams and an officer of a training session
// come first by their keys; an officer's code stands for two; COMs of other bodies; every third case shares its number with one without a sentence, every fourth has a twin in
// training; a date of a training session is on a day that no course comes to.
const odd: readonly string[] = [
  `insert into team (team_id, code, description, district_id, probation_area_id, end_date)
   select -team_id, code, description, district_id, probation_area_id, timestamp '2024-03-31 00:00'
   from team where end_date is null`,
  `insert into staff
   select (jsonb_populate_record(null::staff, to_jsonb(staff) || '{"training_session_id": 1}' ||
     jsonb_build_object('staff_id', -staff_id))).*
   from staff where officer_code in ('N03A001', 'N03ALLU') and training_session_id is null`,
  // The officer whom most of the cases have shares the code with another who works too.
  `insert into staff
   select (jsonb_populate_record(null::staff, to_jsonb(staff) ||
     jsonb_build_object('staff_id', 80000000 + staff_id, 'forename', 'Zdenka', 'surname', 'Kohout'))).*
   from staff where officer_code = 'N03A001' and training_session_id is null`,
  // The COM of every fifth case is an outside employee, without a team.
  `update offender_manager set team_id = null, allocation_staff_id = null
   where offender_id in (select offender_id from offender where crn like 'X2%' and offender_id % 5 = 0)`,
  `insert into offender (offender_id, row_version, crn, noms_number, soft_deleted, partition_area_id)
   select 80000000 + offender_id, 0, 'V' || right(crn, 6), noms_number, 0, 0
   from offender where crn like 'X2%' and offender_id % 3 = 0`,
  `insert into offender (offender_id, row_version, crn, noms_number, soft_deleted, partition_area_id, training_session_id)
   select 81000000 + offender_id, 0, crn, noms_number, 0, 0, 1
   from offender where crn like 'X2%' and offender_id % 4 = 0`,
  `insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted, partition_area_id,
     training_session_id, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
   select nextval('key_date_id_seq'), 0, custody_id, key_date_type_id, '2031-07-09', 0, 0, 1, created_datetime, 1,
     last_updated_datetime, 1
   from key_date where key_date = '2031-07-01' and custody_id >= ${custodyOf(0)} and soft_deleted = 1`,
];

/** Adds so many cases, each with key dates that others have deleted, on days that a course comes to, and odd rows. */
export async function seedWalkedCases(database: TestDatabase, people: number): Promise<void> {
  const cases = plainCases(people).map((one, index): SeedCase => ({
    ...one,
    poms: histories[index % histories.length] ?? [],
  }));
  await seedCases(database.url, cases);
  await database.query(
    `insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted,
       partition_area_id, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
     select nextval('key_date_id_seq'), 0, custody_id, standard_reference_list_id, date, 1, 0, $2, 1, $2, 1
     from unnest($1::bigint[]) custody_id, r_standard_reference_list, unnest(array['2031-07-01', '2031-07-03']::date[]) date
     where code_value in ('POM1', 'POM2')`,
    [cases.map((_, index) => custodyOf(index)), writeDeliusTime(standingSince.getTime())],
  );
  for (const statement of odd) await database.query(statement);
}

// What the walk has gone through since a moment, each as a count of the rows that show it.
const crossings: Readonly<Record<string, string>> = {
  "POMs who were planned and removed": "select 1 from prison_offender_manager where soft_deleted = 1",
  "POMs of less than a second": `
    select 1 from prison_offender_manager where soft_deleted = 0 and end_date = allocation_date`,
  "responsible officers who handed over": `
    select 1 from responsible_officer where created_datetime >= $1 and prison_offender_manager_id is not null`,
  "responsible officers whose planned row moved": `
    select 1 from responsible_officer ro join prison_offender_manager pom using (prison_offender_manager_id)
    where ro.created_datetime < $1 and pom.created_datetime >= $1 and ro.start_date >= '2031-01-01'`,
  "responsible officers whose planned row was brought forward": `
    select 1 from responsible_officer ro join prison_offender_manager pom using (prison_offender_manager_id)
    where ro.created_datetime < $1 and pom.created_datetime >= $1 and ro.start_date = pom.allocation_date`,
  "responsible officers whose end was cleared": `
    select 1 from mpc_delius.journal, json_array_elements(changes) change
    where change ->> 'record' = 'responsible officer'
      and change -> 'before' ->> 'end' is not null and change -> 'after' ->> 'end' is null`,
  "allocations of people who share their number": `
    select 1 from mpc_delius.journal join offender namesake using (noms_number)
    where namesake.crn like 'V%' and fact = 'allocation' and outcome_class = 'written'`,
  "key dates that came back": `
    select 1 from key_date where created_datetime < $1 and row_version > 0 and custody_id >= ${custodyOf(0)}`,
};

/** How often a walk has met each of what it is to meet. */
export async function countCrossings(database: TestDatabase, since: Date): Promise<Readonly<Record<string, number>>> {
  const counted = Object.entries(crossings).map(async ([name, query]) => {
    const values = query.includes("$1") ? [writeDeliusTime(since.getTime())] : [];
    return [name, (await database.query(query, values)).length] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}
