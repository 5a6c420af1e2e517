import type { Prisoner } from "../../sandbox/mpc/prisoner.ts";
import { establishments } from "../../sandbox/seed/organisation.ts";
import { writeDeliusTime } from "../../src/platform/time/london-time.ts";
import type { TestDatabase } from "./test-database.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Every difference between what Manage POM Cases says now and what Delius holds, a sentence each. */
export async function findDrift(database: TestDatabase, prisoners: readonly Prisoner[]): Promise<readonly string[]> {
  const poms = indexRows(
    await database.query(
      `select rtrim(noms_number) as noms, lower(forename || ' ' || surname) || ' in ' || rtrim(team.code) as told
      from offender
      join prison_offender_manager pom using (offender_id)
      join staff on staff_id = allocation_staff_id
      join team on team_id = allocation_team_id
      where pom.soft_deleted = 0 and pom.end_date is null and pom.allocation_date <= $1`,
      [writeDeliusTime(Date.now())],
    ),
  );
  const dates = indexRows(
    await database.query(`
      select rtrim(noms_number) as noms, string_agg(code_value || ' ' || key_date.key_date, ', ' order by code_value) as told
      from offender
      join event using (offender_id)
      join disposal using (event_id)
      join custody using (disposal_id)
      join key_date using (custody_id)
      join r_standard_reference_list on standard_reference_list_id = key_date_type_id
      where key_date.soft_deleted = 0 and key_date.training_session_id is null and code_value in ('POM1', 'POM2')
      group by noms_number`),
  );
  return prisoners.flatMap((prisoner) => {
    const { noms } = prisoner;
    const pom = poms.get(noms) ?? "nobody";
    const expected = describeAllocation(prisoner);
    const date = dates.get(noms) ?? "no dates";
    return [
      ...(expected === null || expected.includes(pom) ? [] : [`${noms} has ${pom} and not ${expected.join(" or ")}`]),
      ...(date === describeDates(prisoner) ? [] : [`${noms} has ${date} and not ${describeDates(prisoner)}`]),
    ];
  });
}

function indexRows(rows: Rows): ReadonlyMap<string, string> {
  return new Map(rows.map(({ noms, told }) => [String(noms), String(told)]));
}

/** What Delius may hold; null where Manage POM Cases has not said anything. */
function describeAllocation({ allocation }: Prisoner): readonly string[] | null {
  if (allocation.kind === "notReady") return null;
  if (allocation.kind === "deallocated") {
    return ["nobody", ...establishments.map(({ provider }) => `unallocated staff in ${provider}ALL`)];
  }
  const { manager, prison } = allocation;
  const provider = establishments.find((one) => one.prison === prison)?.provider;
  return [`${manager.forename} ${manager.surname}`.toLowerCase().concat(` in ${provider}POM`)];
}

function describeDates({ handover }: Prisoner): string {
  const told = [
    ["POM1", handover?.handoverStartDate],
    ["POM2", handover?.handoverDate],
  ].flatMap(([type, date]) => (date == null ? [] : [`${type} ${date}`]));
  return told.join(", ") || "no dates";
}

// What must be so in Delius whatever happened, each as a search for what breaks it. Rows of the seed are older.
const rules: Readonly<Record<string, string>> = {
  "POM periods of one person overlap": `
    select 1 from prison_offender_manager one join prison_offender_manager other using (offender_id)
    where one.prison_offender_manager_id < other.prison_offender_manager_id
      and one.soft_deleted = 0 and other.soft_deleted = 0
      and tsrange(one.allocation_date, one.end_date) && tsrange(other.allocation_date, other.end_date)`,
  // Several periods can begin in one second, and keys do not show which came first: those of no length come before the one that goes on.
  "a gap between POM periods": `
    select 1 from (
      select allocation_date, lag(end_date) over history as ended, row_number() over history as place
      from prison_offender_manager where soft_deleted = 0
      window history as (partition by offender_id order by allocation_date, end_date)) periods
    where place > 1 and ended is distinct from allocation_date`,
  "two open responsible officers": `
    select 1 from responsible_officer where end_date is null group by offender_id having count(*) > 1`,
  "responsible officer periods of one person overlap": `
    select 1 from responsible_officer one join responsible_officer other using (offender_id)
    where one.responsible_officer_id < other.responsible_officer_id
      and tsrange(one.start_date, one.end_date) && tsrange(other.start_date, other.end_date)`,
  "an open responsible officer whose POM row is not open": `
    select 1 from responsible_officer ro join prison_offender_manager pom using (prison_offender_manager_id)
    where ro.end_date is null and (pom.end_date is not null or pom.soft_deleted = 1)`,
  "two live key dates of one type": `
    select 1 from key_date where soft_deleted = 0 and training_session_id is null
    group by custody_id, key_date_type_id having count(*) > 1`,
  "an active flag that contradicts the end date": `
    select 1 from prison_offender_manager
    where (active_flag = 1) <> (end_date is null)`,
  "an officer twice in one provider": `
    select 1 from staff where forename <> 'Ruth' and training_session_id is null
    group by probation_area_id, lower(forename), lower(surname) having count(*) > 1`,
};

/** Every rule of Delius that is broken, and how often. */
export async function findBrokenRules(database: TestDatabase): Promise<readonly string[]> {
  const broken = await Promise.all(
    Object.entries(rules).map(async ([rule, query]) => {
      const { length } = await database.query(query);
      return length === 0 ? [] : [`${rule}: ${length}`];
    }),
  );
  return broken.flat();
}

/** How many rules {@link findBrokenRules} looks at. */
export const rulesChecked = Object.keys(rules).length;

// Each effect and its traces; every row but the seed's was written by the service.
const traces = `
  select rtrim(noms_number) as noms,
    (select count(*) from prison_offender_manager where offender_id = person.offender_id and created_datetime >= $1) as poms,
    (select count(*) from responsible_officer where offender_id = person.offender_id and created_datetime >= $1) as officers,
    (select count(*) from contact join r_contact_type using (contact_type_id)
      where offender_id = person.offender_id and code like 'EPOM%') as allocations,
    (select count(*) from contact join r_contact_type using (contact_type_id)
      where offender_id = person.offender_id and code = 'ROC') as moves,
    (select count(*) from mpc_delius.journal
      where offender_id = person.offender_id and outcome in ('PomAllocated', 'PomDeallocated')) as journalled
  from offender person where noms_number is not null`;

/** Effects that are there twice or whose traces are not: rows, diary entries and journal do not tell the same. */
export async function findDoubles(database: TestDatabase, since: Date): Promise<readonly string[]> {
  const told = await database.query(traces, [writeDeliusTime(since.getTime())]);
  const uneven = told.filter(
    ({ poms, officers, allocations, moves, journalled }) =>
      poms !== allocations || poms !== journalled || officers !== moves,
  );
  const repeated = await database.query(
    `select inbox_key as key, fact from mpc_delius.journal group by inbox_key, fact having count(*) > 1`,
  );
  return [...uneven, ...repeated].map((row) => JSON.stringify(row));
}

/** Which of these messages have no row in the inbox. */
export async function findUnsettled(database: TestDatabase, inboxKeys: readonly string[]): Promise<readonly string[]> {
  const rows = await database.query(
    `select key from unnest($1::text[]) as key where not exists (select from mpc_delius.inbox where inbox_key = key)`,
    [inboxKeys],
  );
  return rows.map(({ key }) => String(key));
}
